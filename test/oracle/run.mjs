// `npm run oracle [-- SCENARIO... -k TEXT -v]`: the same lab on real Linux and in netlab, output by output. Bundled first, so that what is
// compared is the code as it is now. `npm run oracle -- export` proves that exported labs come up and leave nothing behind.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const words = process.argv.slice(2)
const entry = { export: 'test/oracle/export.ts', versions: 'test/oracle/eras.ts' }[words[0]] ?? 'test/oracle/main.ts'
if (!existsSync(join(root, entry))) {
  console.error(`oracle: ${entry} is not there`)
  process.exit(2)
}
// Where packages with native parts are found.
await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
const folder = await mkdtemp(join(root, 'node_modules/.cache/oracle-'))
await build({
  absWorkingDir: root,
  entryPoints: { oracle: entry, netlab: 'src/cli/main.ts' },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  // The last two are of the screen, which nobody opens here.
  external: ['@lydell/node-pty', 'react-devtools-core', 'ws'],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', NETLAB_VERSION: '"oracle"' },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, [join(folder, 'oracle.mjs'), ...words], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, NETLAB_ROOT: root, NETLAB_BUNDLE: join(folder, 'netlab.mjs') },
})
await rm(folder, { recursive: true, force: true })
process.exit(status ?? 1)
