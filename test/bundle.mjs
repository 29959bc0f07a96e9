// The sources as one file that Node runs as it is. What vitest loads goes through its own import at every use of another file's function;
// long computations take half the time in a bundle.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { noDevtools } from '../src/no-devtools.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

export async function bundle(outdir, entryPoints, options = {}) {
  await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external: ['@lydell/node-pty', 'fast-check', 'vitest'],
    plugins: [noDevtools],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    define: { NETLAB_VERSION: '"test"' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning',
    ...options,
  })
}
