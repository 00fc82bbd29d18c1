'use strict';
const { bootstrap, exitWith } = require('./bootstrap.cjs');

exitWith(bootstrap(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]));
