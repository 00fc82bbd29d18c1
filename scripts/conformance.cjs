'use strict';
const { bootstrap, exitWith } = require('./bootstrap.cjs');

exitWith(bootstrap(['scripts/conformance/main.ts', ...process.argv.slice(2)]));
