// `npm run hardness -- fuzz|kill|long ...`: bundles the hardness runs in production form, with the places of the sources, and starts one.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// As the program itself asks for: see src/grammar/bounded-regex.ts.
const REGEX = '--enable-experimental-regexp-engine-on-excessive-backtracks'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
// Where packages with native parts are found.
await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
const folder = await mkdtemp(join(root, 'node_modules/.cache/hardness-'))
const outfile = join(folder, 'hardness.mjs')
// Ink loads its devtools bridge and `ws` statically; neither is of use here.
const noDevtools = {
  name: 'no-devtools',
  setup(hooks) {
    hooks.onResolve({ filter: /^(react-devtools-core|ws)$/ }, ({ path }) => ({ path, namespace: 'empty' }))
    hooks.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {}; export const WebSocket = undefined' }))
  },
}
await build({
  absWorkingDir: root,
  entryPoints: ['test/hardness/main.ts'],
  outfile,
  bundle: true,
  external: ['@lydell/node-pty', 'fast-check', 'vitest'],
  plugins: [noDevtools],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  sourcemap: 'inline',
  sourcesContent: false,
  define: { 'process.env.NODE_ENV': '"production"', NETLAB_VERSION: '"hardness"' },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
})
const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', REGEX, outfile, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, NETLAB_ROOT: root },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
const status = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
await rm(folder, { recursive: true, force: true })
process.exit(status)
