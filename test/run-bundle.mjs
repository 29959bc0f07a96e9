// The long runs (bench, oracle, hardness) measure and try the sources as they are: bundled in production form, run in a process of their
// own, and cleared up after, also when they are interrupted.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs the entry called `name` with this process's words and ends with its exit code. `entryPoints` by name; `options` are esbuild's. */
export async function runBundle(name, entryPoints, { nodeOptions = [], ...options } = {}) {
  // Where packages with native parts are found.
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, `node_modules/.cache/${name}-`))
  await bundle(folder, entryPoints, {
    define: { 'process.env.NODE_ENV': '"production"', NETLAB_VERSION: JSON.stringify(name) },
    ...options,
  })
  const child = spawn(process.execPath, [...nodeOptions, join(folder, `${name}.mjs`), ...process.argv.slice(2)], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, NETLAB_ROOT: root, NETLAB_BUNDLE: join(folder, 'netlab.mjs') },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  const status = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
  await rm(folder, { recursive: true, force: true })
  process.exit(status)
}
