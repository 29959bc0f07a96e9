// md5sum and its kin, base64, cksum: files as digests and text.

import { createHash } from 'node:crypto'
import type { Command } from '../../node/command.js'
import { eachInput, fail, gnuTool, type ParsedOptions } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'

async function digest(proc: Process, options: ParsedOptions, algorithm: string): Promise<number> {
  if (options.has('check')) return check(proc, options, algorithm)
  return eachInput(proc, options.operands, async ({ name, input }) => {
    const hash = createHash(algorithm)
    for (let chunk = await input.readChunk(); chunk !== null; chunk = await input.readChunk()) hash.update(chunk)
    proc.line(`${hash.digest('hex')}  ${name}`)
  })
}

async function check(proc: Process, options: ParsedOptions, algorithm: string): Promise<number> {
  let failed = 0
  const code = await eachInput(proc, options.operands, async ({ input }) => {
    for (let line = await input.readLine(); line !== null; line = await input.readLine()) {
      const match = /^([0-9a-f]+) [ *](.+)$/.exec(line)
      if (match === null) continue
      const isThere = proc.files.isFile(match[2]!)
      const isSame = isThere && createHash(algorithm).update(proc.files.readBytes(match[2]!)).digest('hex') === match[1]
      if (!isSame) failed++
      if (!options.has('status') && !(options.has('quiet') && isSame))
        proc.line(`${match[2]}: ${isSame ? 'OK' : isThere ? 'FAILED' : 'FAILED open or read'}`)
    }
  })
  if (failed > 0 && !options.has('status')) fail(proc, `WARNING: ${failed} computed checksum${failed === 1 ? '' : 's'} did NOT match`)
  return failed > 0 ? 1 : code
}

function digestTool(name: string, algorithm: string): Command {
  return gnuTool({
    name,
    path: `/usr/bin/${name}`,
    usage: `${name} [-c] [FILE]...`,
    options: ['b|binary', 't|text', 'c|check', '|quiet', '|status', '|tag'],
    run: (proc, options) => digest(proc, options, algorithm),
  })
}

export const md5sumCommand: Command = digestTool('md5sum', 'md5')
export const sha1sumCommand: Command = digestTool('sha1sum', 'sha1')
export const sha256sumCommand: Command = digestTool('sha256sum', 'sha256')
export const sha512sumCommand: Command = digestTool('sha512sum', 'sha512')

export const base64Command: Command = gnuTool({
  name: 'base64',
  path: '/usr/bin/base64',
  usage: 'base64 [-di] [-w COLUMNS] [FILE]',
  options: ['d|decode', 'i|ignore-garbage', 'w|wrap:'],
  run: (proc, options) => {
    const width = options.number('wrap', 76)
    return eachInput(proc, options.operands, async ({ input }) => {
      if (options.has('decode')) {
        const text = (await input.readAll()).replace(/\s/g, '')
        const clean = options.has('ignore-garbage') ? text.replace(/[^A-Za-z0-9+/=]/g, '') : text
        proc.outBytes(new Uint8Array(Buffer.from(clean, 'base64')))
        if (/[^A-Za-z0-9+/=]/.test(clean) || clean.length % 4 !== 0) {
          fail(proc, 'invalid input')
          proc.exit(1)
        }
        return
      }
      const text = Buffer.from(await input.readAllBytes()).toString('base64')
      if (width === 0) proc.out(text)
      else for (let i = 0; i < text.length; i += width) proc.line(text.slice(i, i + width))
    })
  },
})
