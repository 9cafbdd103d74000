const { rm } = require('node:fs/promises');
const { dest, parallel, src } = require('gulp');

const clean = () => rm('dist', { recursive: true, force: true });

const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest('dist/icons'));

const codex = () => src('nodes/**/*.node.json').pipe(dest('dist/nodes'));

module.exports = { clean, build: parallel(icons, codex) };
