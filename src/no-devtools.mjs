// Ink loads its devtools bridge and `ws` statically; neither is of use in a finished program.
export const noDevtools = {
  name: 'no-devtools',
  setup(hooks) {
    hooks.onResolve({ filter: /^(react-devtools-core|ws)$/ }, ({ path }) => ({ path, namespace: 'empty' }))
    hooks.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {}; export const WebSocket = undefined' }))
  },
}
