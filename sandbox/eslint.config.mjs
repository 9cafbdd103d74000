// n8n's own rules are for what ships: they allow no files, timers or servers. The programs in this folder
// are checked by eslint.project.mjs in the root, and left out of `n8n-node lint`.
export default [{ ignores: ['**'] }];
