'use strict';
const { bootstrap, exitWith } = require('./bootstrap.cjs');

exitWith(bootstrap(['scripts/start.ts', ...process.argv.slice(2)]));
