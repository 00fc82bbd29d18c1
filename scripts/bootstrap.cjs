'use strict';
// What runs before the project's own Node is there: plain JavaScript that Node 18 understands, without any package.

const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const { constants, homedir } = require('node:os');
const { delimiter, join } = require('node:path');

const oldestNode = [22, 22];

/** Installs what is missing and runs a program of this repository on the project's Node. Resolves with its exit code. */
async function bootstrap(programArguments, root = join(__dirname, '..')) {
  // Both take seconds, and do not need each other.
  fetchMySqlAhead(root);
  await installDependencies(root);
  return runProgram(findNode(root), ['--conditions=millrace-source', ...programArguments], root);
}

/**
 * Runs `npm ci` unless `node_modules` holds what `package-lock.json` says. Resolves with whether it ran. A hash of the lock
 * file in `node_modules` tells; where somebody ran npm by hand, npm's own record must be newer than the lock file.
 */
async function installDependencies(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  const marker = join(root, 'node_modules', '.millrace-lock-sha256');
  if (readIfThere(marker) === hash) return false;

  const npmRecord = join(root, 'node_modules', '.package-lock.json');
  const installed =
    !existsSync(marker) && existsSync(npmRecord) && changedAt(npmRecord) >= changedAt(join(root, 'package-lock.json'));
  if (!installed) await runNpmCi(root);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(marker, hash);
  return !installed;
}

async function runNpmCi(root) {
  const startedAt = Date.now();
  tell('installing packages (npm ci) ...');
  const npm = process.env.npm_execpath;
  const [command, before] = npm && /npm-cli\.c?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const code = await runProgram(command, [...before, ...options], root);
  if (code !== 0) throw new Error(`npm ci ended with exit code ${code}; its own lines above say why`);
  tell(`packages installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** The Node that the repository pins, or the running one where that is missing but this one is new enough. */
function findNode(root) {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (isNewEnough(process.versions.node)) return process.execPath;
  throw new Error(
    `Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}, and the one that npm installs is not in ` +
      '`node_modules`. Run `npm rebuild node --ignore-scripts=false`, or install a newer Node.',
  );
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** Starts to fetch MySQL while npm works. What goes wrong is said later, by the program that needs it. */
function fetchMySqlAhead(root) {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace', 'mysql-debian');
  const isThere =
    process.env.MILLRACE_MYSQL_URL ||
    existsSync(join(folder, 'root', 'mysqld')) ||
    (process.env.PATH || '').split(delimiter).some((path) => existsSync(join(path, 'mysqld')));
  if (isThere) return;
  tell(`fetching a MySQL server from Debian's packages into ${folder} ...`);
  const script = join(root, 'scripts', 'services', 'mysql-from-debian.sh');
  spawn('bash', [script, folder], { stdio: 'ignore' }).on('error', () => undefined);
}

/**
 * Runs a program in the foreground and resolves with its exit code (128 + the signal's number if a signal ended it). It
 * gets the signals that this process gets, and its channel to this process closes when this one is killed.
 */
function runProgram(command, programArguments, root) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };
    const child = spawn(command, programArguments, { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to everybody by itself; twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 1000);
    const finish = (settle) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, forward);
      settle();
    };
    child.on('error', (error) => finish(() => reject(error)));
    child.on('exit', (code, signal) => finish(() => resolve(signal ? 128 + signalNumber(signal) : code)));
  });
}

function signalNumber(signal) {
  return constants.signals[signal];
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function changedAt(file) {
  return statSync(file).mtimeMs;
}

function tell(line) {
  process.stderr.write(`millrace: ${line}\n`);
}

/** Ends this process with the program's exit code, or with 1 and one line that says what failed. */
function exitWith(running) {
  running.then(
    (code) => process.exit(code),
    (error) => {
      tell(error.message);
      process.exit(1);
    },
  );
}

module.exports = { bootstrap, exitWith, findNode, installDependencies, isNewEnough, runProgram };
