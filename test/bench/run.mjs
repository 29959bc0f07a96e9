// `npm run bench`: bundles the benchmarks in production form and runs them in one process. Some compare with real namespaces: those
// need root and the Debian packages iproute2, iputils-ping, bridge-utils and iptables, and say so when they are not there.
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
// What starts is measured as it is now, not as it was built last.
if (spawnSync(process.execPath, ['src/build.mjs'], { stdio: 'inherit', cwd: root }).status !== 0) process.exit(1)
// Where packages with native parts are found.
await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
const folder = await mkdtemp(join(root, 'node_modules/.cache/bench-'))
const outfile = join(folder, 'bench.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['test/bench/main.ts'],
  outfile,
  bundle: true,
  external: ['@lydell/node-pty'],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { 'process.env.NODE_ENV': '"production"', NETLAB_VERSION: '"bench"' },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
})
const { status } = spawnSync(process.execPath, ['--expose-gc', outfile, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, NETLAB_ROOT: root },
})
await rm(folder, { recursive: true, force: true })
process.exit(status ?? 1)
