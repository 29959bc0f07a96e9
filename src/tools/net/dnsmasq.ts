// dnsmasq as a command: reads its words, binds, and leaves the daemon behind.
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import { KernelError } from '../../kernel/errno.js'
import type { Command } from '../../node/command.js'
import { Dnsmasq } from '../../node/daemons/dnsmasq/daemon.js'
import { versionText } from '../../node/daemons/dnsmasq/log-text.js'
import type { DnsmasqConfig } from '../../node/daemons/dnsmasq/options.js'
import { dnsmasqGrammar, readConfig } from '../../node/daemons/dnsmasq/options.js'
import type { Process } from '../../node/process.js'

export const dnsmasq: Command = { name: 'dnsmasq', path: '/usr/sbin/dnsmasq', run: runDnsmasq }

async function runDnsmasq(proc: Process): Promise<number> {
  const words = parseOptions(dnsmasqGrammar, proc.argv.slice(1))
  if (words.has('version')) {
    proc.line(versionText(proc.machine.image.tool('dnsmasq')))
    return 0
  }
  if (words.problem?.kind === 'not-emulated') {
    proc.error(getoptMessage('dnsmasq', words.problem))
    return 126
  }
  const config = readConfig(proc)
  if ('exitCode' in config) {
    proc.error(config.message)
    return config.exitCode
  }
  if (config.given.has('test')) {
    proc.error('dnsmasq: syntax check OK.')
    return 0
  }
  if (config.logFile !== null) {
    try {
      proc.files.write(config.logFile, '', { append: true })
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      proc.error(`\ndnsmasq: cannot open log ${config.logFile}: ${error.message}`)
      return 3
    }
  }
  if (config.foreground !== null) return startDaemon(proc, config)
  return detach(proc, config)
}

/** The caller returns once the sockets are bound, with the failure if they could not be. */
async function detach(proc: Process, config: DnsmasqConfig): Promise<number> {
  let report: (failure: string | null) => void = () => {}
  const user = proc.machine.users.byName(config.user)
  const run = async (child: Process): Promise<number> => {
    const server = new Dnsmasq(child, config)
    const failure = server.openSockets()
    if (failure === null) enterDaemon(child, config, server, user)
    report(failure)
    return failure === null ? server.run() : 2
  }
  // Twice, as daemons do: the second child is no leader of its session and cannot gain a terminal.
  proc.fork(
    (child) => {
      child.fork(run)
      return 0
    },
    { session: 'new' },
  )
  const failure = await proc.wait<string | null>((resolve) => {
    report = resolve
  })
  if (failure === null) return 0
  proc.error(`\ndnsmasq: ${failure}`)
  return 2
}

async function startDaemon(proc: Process, config: DnsmasqConfig): Promise<number> {
  const server = new Dnsmasq(proc, config)
  const failure = server.openSockets()
  if (failure !== null) {
    proc.error(`\ndnsmasq: ${failure}`)
    return 2
  }
  enterDaemon(proc, config, server, config.foreground === 'debug' ? null : proc.machine.users.byName(config.user))
  return server.run()
}

/** Pid file, script helper (still root), then the daemon gives root away. */
function enterDaemon(proc: Process, config: DnsmasqConfig, server: Dnsmasq, user: { uid: number; gid: number } | null): void {
  if (config.pidFile !== null) proc.files.write(config.pidFile, `${proc.pid}\n`)
  server.startScript()
  if (user === null) return
  proc.uid = user.uid
  proc.gid = user.gid
}
