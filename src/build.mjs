// Builds dist/: chunks by esbuild, made into scripts that `load.js` runs. `netlab.js` is a tiny entry in old syntax that checks the Node
// version first.
import { existsSync, rmSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { asScripts } from './cli/start/chunks.mjs'
import { noDevtools } from './no-devtools.mjs'
import { precompile } from './scenario/precompile.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Made beside the old one and put in its place when whole: a build that fails leaves a program that runs. */
const dist = join(root, `dist-${process.pid}`)
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

process.on('exit', () => rmSync(dist, { recursive: true, force: true }))
await mkdir(dist, { recursive: true })

await precompile(root, dist)

// What is loaded later stands on the lab's core in any case. Saying so keeps the core one file: esbuild makes a chunk of each set of
// modules that the same entries share, and the core fell into forty.
const onTheCore = {
  name: 'on-the-core',
  setup(hooks) {
    hooks.onLoad(
      { filter: /src\/(tools\/families\/[^/]+|cloud\/nova-network\/flat-dhcp|lab\/run-[^/]+|tui\/front\/open)\.ts$/ },
      async ({ path }) => ({
        contents: `${await readFile(path, 'utf8')}\nimport '${relative(dirname(path), join(root, 'src/lab/lab.js')).replace(/^(?!\\.)/, './')}'\n`,
        loader: 'ts',
      }),
    )
  },
}

const result = await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts' },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  keepNames: false,
  legalComments: 'external',
  jsx: 'automatic',
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', NETLAB_VERSION: JSON.stringify(version) },
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  plugins: [noDevtools, onTheCore],
  logLevel: 'warning',
})

// What an exported script is made of stays as it was written.
await cp(join(root, 'src/export/frame'), join(dist, 'export/frame'), { recursive: true })
await writeFile(join(dist, 'meta.json'), JSON.stringify(result.metafile))
await writeFile(join(dist, 'THIRD_PARTY_NOTICES.txt'), await notices(result.metafile))
// What stands in dist/ is CommonJS: without modules Node starts sooner.
await writeFile(join(dist, 'package.json'), '{"type":"commonjs"}\n')
const buildName = await asScripts(dist, result.metafile)
await build({
  absWorkingDir: root,
  entryPoints: { load: 'src/cli/start/load.ts' },
  outdir: dist,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  minify: true,
  define: { NETLAB_BUILD: JSON.stringify(`${version}-${buildName}`) },
  logLevel: 'warning',
})
await writeFile(
  join(dist, 'netlab.js'),
  `#!/usr/bin/env node
var parts = process.versions.node.split('.');
if (Number(parts[0]) < 20 || (Number(parts[0]) === 20 && Number(parts[1]) < 11)) {
  console.error('netlab needs Node.js 20.11 or newer; this is ' + process.versions.node + '.');
  process.exit(1);
}
require('./load.js');
`,
)
await chmod(join(dist, 'netlab.js'), 0o755)
await rm(join(root, 'dist'), { recursive: true, force: true })
await rename(dist, join(root, 'dist'))

/** Licence texts of every package that went into the bundle. */
async function notices(metafile) {
  const names = new Set()
  for (const path of Object.keys(metafile.inputs)) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)
    if (match) names.add(match[1])
  }
  const texts = []
  for (const name of [...names].sort()) {
    const folder = join(root, 'node_modules', name)
    const info = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const file = ['LICENSE', 'LICENSE.md', 'license', 'LICENSE.txt', 'LICENCE'].map((f) => join(folder, f)).find(existsSync)
    texts.push(`${name} ${info.version} (${info.license ?? 'see text'})\n\n${file ? await readFile(file, 'utf8') : ''}`)
  }
  return texts.join(`\n${'-'.repeat(78)}\n\n`)
}
