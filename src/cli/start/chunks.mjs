// Part of the build: esbuild's modules as functions that `load.ts` runs. esbuild splits only modules; what it writes is regular enough to
// be changed line by line: imports first, one `export{...}` last, `import("./x.mjs")` between them.
import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { transform } from 'esbuild'

const NAMES = '(\\{[^}]*\\}|\\* ?as [\\w$]+|[\\w$]+)'
const IMPORT = new RegExp(`(?<=^|[;}\\n])import(?: ?${NAMES}(?:,${NAMES})? ?from)? ?"((?:\\.|node:)[^"]+)";`, 'g')
const EXPORT = /export\{([^}]*)\};?\s*$/
const LATER = /\bimport\("(\.[^"]+\.mjs)"\)/g

/** Rewrites all chunks below `dist`; answers a name for this build. `metafile` is esbuild's. */
export async function asScripts(dist, metafile) {
  const chunks = new Map()
  for (const path of Object.keys(metafile.outputs).filter((file) => file.endsWith('.mjs'))) {
    const name = basename(path)
    const file = path.includes('/chunks/') ? join(dist, 'chunks', name) : join(dist, name)
    const source = await readFile(file, 'utf8')
    chunks.set(name, { file, source, needs: staticImports(metafile.outputs[path]), isModule: await awaitsAtTop(source) })
  }
  refuseCircles(chunks)
  const modules = [...chunks].filter(([, { isModule }]) => isModule).map(([name]) => name)
  for (const [name, { needs }] of chunks)
    if (modules.some((module) => needs.has(module))) throw new Error(`${name} imports a module that awaits; it must be imported later`)
  const named = (path) => (modules.includes(basename(path)) ? basename(path) : basename(path).replace(/\.mjs$/, '.js'))
  const hash = createHash('sha256')
  for (const [name, { file, source, needs, isModule }] of chunks) {
    const parts = split(source, needs)
    const text = isModule ? moduleText(parts, named) : scriptText(parts, named)
    hash.update(text)
    await rm(file)
    await writeFile(join(dist, 'chunks', named(name)), text)
  }
  return hash.digest('hex').slice(0, 12)
}

/** By the last part of the name: other chunks' and, of Node's own, all but what is in the banner. */
function staticImports(output) {
  return new Set(output.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path)))
}

async function awaitsAtTop(source) {
  try {
    await transform(source, { format: 'cjs', logLevel: 'silent' })
    return false
  } catch (error) {
    if (error.errors?.every(({ text }) => text.includes('Top-level await'))) return true
    throw error
  }
}

/** What is imported is taken when the chunk begins: in a circle it would not be there yet. */
function refuseCircles(chunks) {
  const done = new Set()
  const visit = (name, above) => {
    if (above.includes(name)) throw new Error(`chunks import each other: ${[...above, name].join(' -> ')}`)
    if (done.has(name)) return
    for (const need of chunks.get(name).needs) if (chunks.has(need)) visit(need, [...above, name])
    done.add(name)
  }
  for (const name of chunks.keys()) visit(name, [])
}

/** The imports, as a list, and the text without them. A bundled module's own imports of Node's stand where it begins. */
function split(source, needed) {
  const imports = []
  // The banner stands on a line of its own; scripts are given `require`.
  const end = source.indexOf('\n') + 1
  const rest = source.slice(end).replace(IMPORT, (_, first, second, from) => {
    imports.push({ names: [first, second].filter((part) => part !== undefined), from })
    return ''
  })
  for (const { from } of imports) if (!needed.has(basename(from))) throw new Error(`not an import: ${from}`)
  const missing = [...needed].filter((name) => !imports.some(({ from }) => basename(from) === name))
  if (missing.length > 0) throw new Error(`imports not found: ${missing.join(', ')}`)
  return { banner: source.slice(0, end), imports, rest }
}

const later = (text, named) => text.replace(LATER, (_, path) => `__bring.later("${named(path)}")`)

function scriptText({ imports, rest }, named) {
  const head = imports.map((entry) => bindings(entry, named)).join('')
  const exported = EXPORT.exec(rest)
  const body = exported === null ? rest : rest.slice(0, exported.index)
  const names = (exported?.[1] ?? '').split(',').filter((part) => part !== '')
  const pairs = names.map((part) => {
    const [local, name = local] = part.split(' as ')
    return `${name}:${local}`
  })
  const text = later(body, named).replaceAll('import.meta.url', '__url')
  if (/\bimport\.meta\b/.test(text)) throw new Error('only import.meta.url is known to scripts')
  return `(function(__bring,require,__url){"use strict";${head}${text}\nreturn{${pairs.join(',')}}})`
}

function bindings({ names, from }, named) {
  const value = from.startsWith('.') ? `__bring.now("${named(from)}")` : `require("${from}")`
  if (names.length === 0) return `${value};`
  return names
    .map((part) => {
      if (part.startsWith('*')) return `const ${part.split('as ')[1]}=${value};`
      if (part.startsWith('{')) return `const${part.replaceAll(' as ', ':')}=${value};`
      // The default of a package of Node's is the package.
      return `const ${part}=${value};`
    })
    .join('')
}

/** A module stays one, and takes what it needs from the scripts. */
function moduleText({ banner, imports, rest }, named) {
  const own = imports.filter(({ from }) => !from.startsWith('.'))
  const ours = imports.filter(({ from }) => from.startsWith('.'))
  const chunk = 'const __bring={now:globalThis[Symbol.for("netlab.chunk")],later:async n=>__bring.now(n)};'
  const kept = own.map(({ names, from }) => `import ${names.join(',')}${names.length > 0 ? ' from ' : ''}"${from}";`).join('')
  return `${banner}${kept}${chunk}${ours.map((entry) => bindings(entry, named)).join('')}${later(rest, named)}`
}
