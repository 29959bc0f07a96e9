// haproxy, as far as a metadata proxy needs one: HTTP on an address, a server behind a Unix socket, headers added on the way.

import { parseIpv4 } from '../../addr/ipv4.js'
import type { HaproxyOptions, HeaderRule } from '../../cloud/neutron/metadata/namespace-proxy.js'
import { serveHaproxy } from '../../cloud/neutron/metadata/namespace-proxy.js'
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { parseOptions } from '../../grammar/getopt.js'
import { ownOf } from '../../grammar/own-of.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { notEmulated } from '../../node/command.js'
import type { Process } from '../../node/process.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'file', short: 'f', value: 'required', completes: 'file' },
    { name: 'check', short: 'c' },
    { name: 'daemon', short: 'D' },
    { name: 'foreground', long: 'db' },
    { name: 'version', short: 'v' },
    { name: 'quiet', short: 'q' },
    { name: 'pid-file', short: 'p', value: 'required', completes: 'file' },
  ],
}

const USAGE = `Usage : haproxy [-f <file>]* [-c] [-D] [-q] [-p <pid file>] [-v]
    -f  configuration file
    -c  check the configuration, then leave
    -D  daemon
    -p  where to write the pid`

export const haproxy: Command = { name: 'haproxy', path: '/usr/sbin/haproxy', usage: USAGE, run }

interface HaproxyConfig {
  readonly listeners: readonly HaproxyOptions[]
  readonly pidFile: string | null
  readonly isDaemon: boolean
  readonly user: string | null
}

interface Draft {
  address: string
  socketPath: string
  readonly headers: HeaderRule[]
}

/** Read and without effect here: log formats, timeouts, limits. */
const SILENT: Readonly<Record<string, readonly string[]>> = {
  global: ['log', 'log-tag', 'group', 'maxconn', 'chroot', 'stats', 'nbproc'],
  defaults: ['log', 'mode', 'option', 'retries', 'timeout', 'maxconn'],
  listen: ['log', 'mode', 'option', 'retries', 'timeout', 'maxconn', 'balance'],
}

class ConfigError extends Error {}

/** The message says what haproxy has and this one lacks. */
class Absent extends Error {}

async function run(proc: Process): Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  const file = parsed.value('file')
  if (parsed.problem !== null || file === null) {
    proc.error(USAGE)
    return 1
  }
  try {
    const config = readConfig(file, proc.files.read(file))
    if (parsed.has('check')) {
      proc.line('Configuration file is valid')
      return 0
    }
    const pidFile = parsed.value('pid-file') ?? config.pidFile
    return await start(proc, { ...config, pidFile, isDaemon: config.isDaemon || parsed.has('daemon') })
  } catch (error) {
    if (error instanceof Absent) return notEmulated(proc, error.message)
    if (error instanceof ConfigError) {
      proc.error(error.message)
      return 1
    }
    if (!(error instanceof KernelError)) throw error
    proc.error(`[ALERT]  : Could not open configuration file ${file} : ${error.message}`)
    return 1
  }
}

function start(proc: Process, config: HaproxyConfig): number | Promise<number> {
  const listener = config.listeners[0]
  if (listener === undefined)
    throw new ConfigError("[ALERT]  : [haproxy.main()] No enabled listener found (check for 'bind' directives) ! Exiting.")
  if (!config.isDaemon) return serveHaproxy(proc, listener)
  const user = config.user === null ? null : proc.machine.users.byName(config.user)
  proc.fork(
    (child) => {
      if (config.pidFile !== null) child.machine.files.write(config.pidFile, `${child.pid}\n`)
      const serving = serveHaproxy(child, listener)
      if (user !== null) child.uid = user.uid
      return serving
    },
    { session: 'new' },
  )
  return 0
}

function readConfig(file: string, text: string): HaproxyConfig {
  let section = ''
  let pidFile: string | null = null
  let user: string | null = null
  let isDaemon = false
  const drafts: Draft[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/)
    const [keyword, ...rest] = words
    if (keyword === undefined || keyword === '') continue
    if (['global', 'defaults', 'listen', 'frontend', 'backend'].includes(keyword)) {
      if (keyword === 'frontend' || keyword === 'backend') throw new Absent(`${keyword} sections: use listen`)
      section = keyword
      if (section === 'listen') drafts.push({ address: '', socketPath: '', headers: [] })
    } else if (section === 'global' && keyword === 'pidfile') pidFile = rest[0] ?? null
    else if (section === 'global' && keyword === 'user') user = rest[0] ?? null
    else if (section === 'global' && keyword === 'daemon') isDaemon = true
    else if (section === 'listen' && readListen(drafts.at(-1)!, keyword, rest)) continue
    else if (ownOf(SILENT, section)?.includes(keyword) !== true) {
      throw new ConfigError(`[ALERT]  : parsing [${file}:${i + 1}] : unknown keyword '${keyword}' in '${section}' section`)
    }
  }
  return { listeners: drafts.map(listenerOf), pidFile, isDaemon, user }
}

function readListen(draft: Draft, keyword: string, rest: readonly string[]): boolean {
  if (keyword === 'bind') draft.address = rest[0] ?? ''
  else if (keyword === 'server') {
    if (rest[1]?.startsWith('/') !== true) throw new Absent('servers that are not Unix sockets')
    draft.socketPath = rest[1]
  } else if (keyword === 'http-request') {
    const [kind, name = '', ...value] = rest
    if (kind !== 'add-header' && kind !== 'set-header' && kind !== 'del-header') throw new Absent(`http-request ${kind ?? ''}`)
    draft.headers.push({ kind, name, value: value.join(' ') })
  } else return false
  return true
}

function listenerOf({ address, socketPath, headers }: Draft): HaproxyOptions {
  const match = /^(.*):(\d+)$/.exec(address)
  const host = match === null ? null : match[1] === '' || match[1] === '*' ? 0 : parseIpv4(match[1]!)
  if (host === null) throw new Absent(`bind ${address}`)
  return { address: host, port: Number(match![2]), socketPath, headers }
}
