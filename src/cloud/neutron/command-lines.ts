// What `ps` shows of neutron's agents: the words that the packages' jobs and units start them with.
import type { ReleaseProfile } from './release.js'

const CONF = '/etc/neutron/neutron.conf'
const DIST = '/usr/share/neutron/neutron-dist.conf'

/** `program` such as neutron-l3-agent; `file` is its own configuration file. */
export function agentCommandLine(program: string, file: string, { name }: ReleaseProfile): string[] {
  const log = agentLogFile(program)
  if (name === 'icehouse')
    return ['/usr/bin/python', `/usr/bin/${program}`, `--config-file=${CONF}`, `--config-file=${file}`, `--log-file=${log}`]
  const folders = ['/etc/neutron/conf.d/common', `/etc/neutron/conf.d/${program}`]
  return [
    '/usr/bin/python2',
    `/usr/bin/${program}`,
    ...[DIST, CONF, file].flatMap((path) => ['--config-file', path]),
    ...folders.flatMap((folder) => ['--config-dir', folder]),
    '--log-file',
    log,
  ]
}

/** /var/log/neutron/l3-agent.log */
export function agentLogFile(program: string): string {
  return `/var/log/neutron/${program.replace(/^neutron-/, '')}.log`
}
