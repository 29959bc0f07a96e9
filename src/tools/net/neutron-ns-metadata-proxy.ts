// neutron-ns-metadata-proxy: the L3 and DHCP agents start one in each namespace whose guests get their metadata through it.
import { serveNeutronProxy } from '../../cloud/neutron/metadata/namespace-proxy.js'
import type { GetoptGrammar } from '../../grammar/getopt.js'
import { getoptMessage, parseOptions } from '../../grammar/getopt.js'
import type { Command } from '../../node/command.js'
import { parentPath } from '../../node/path.js'
import type { Process } from '../../node/process.js'

const grammar: GetoptGrammar = {
  options: [
    { name: 'network', long: 'network_id', value: 'required' },
    { name: 'router', long: 'router_id', value: 'required' },
    { name: 'pid-file', long: 'pid_file', value: 'required', completes: 'file' },
    { name: 'socket', long: 'metadata_proxy_socket', value: 'required', completes: 'file' },
    { name: 'port', long: 'metadata_port', value: 'required' },
    { name: 'state-path', long: 'state_path', value: 'required' },
    { name: 'log-file', long: 'log-file', value: 'required' },
    { name: 'log-dir', long: 'log-dir', value: 'required' },
    { name: 'verbose', long: 'verbose', short: 'v' },
    { name: 'debug', long: 'debug', short: 'd' },
    { name: 'foreground', long: 'nodaemonize' },
    { name: 'help', long: 'help', short: 'h' },
  ],
}

const USAGE = `usage: neutron-ns-metadata-proxy --router_id=ID | --network_id=ID
  --pid_file=FILE --metadata_proxy_socket=FILE --metadata_port=PORT
  --state_path=DIR --nodaemonize --verbose --debug --log-file=FILE --log-dir=DIR`

export const neutronNsMetadataProxy: Command = {
  name: 'neutron-ns-metadata-proxy',
  path: '/usr/bin/neutron-ns-metadata-proxy',
  usage: USAGE,
  run,
}

function run(proc: Process): number | Promise<number> {
  const parsed = parseOptions(grammar, proc.argv.slice(1))
  if (parsed.problem !== null || parsed.has('help')) {
    proc.error(parsed.problem === null ? USAGE : getoptMessage(proc.name, parsed.problem))
    return parsed.problem === null ? 0 : 2
  }
  const router = parsed.value('router')
  const value = router ?? parsed.value('network')
  if (value === null) {
    proc.error('ValueError: network_id and router_id are None. One must be provided.')
    return 1
  }
  const options = {
    address: 0,
    port: parsed.number('port', 9697),
    socketPath: parsed.value('socket') ?? '/var/lib/neutron/metadata_proxy',
    header: { name: router === null ? 'X-Neutron-Network-ID' : 'X-Neutron-Router-ID', value },
  }
  if (parsed.has('foreground')) return serveNeutronProxy(proc, options)
  const pidFile = parsed.value('pid-file')
  const argv = ['/usr/bin/python', neutronNsMetadataProxy.path, ...proc.argv.slice(1)]
  proc.fork(
    (child) => {
      child.fork(
        (daemon) => {
          if (pidFile !== null) writePid(daemon, pidFile)
          return serveNeutronProxy(daemon, options)
        },
        { argv },
      )
      return 0
    },
    { session: 'new' },
  )
  return 0
}

function writePid(proc: Process, path: string): void {
  proc.machine.files.mkdir(parentPath(path), { parents: true })
  proc.machine.files.write(path, `${proc.pid}\n`)
}
