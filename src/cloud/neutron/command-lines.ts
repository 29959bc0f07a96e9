// What `ps` shows of neutron's agents: the words that the packages' jobs and units start them with.
import type { NeutronRelease, ReleaseProfile } from './release.js'

const CONF = '/etc/neutron/neutron.conf'
const DIST = '/usr/share/neutron/neutron-dist.conf'

/** `program` such as neutron-l3-agent; `file` is its own configuration file. */
export function agentCommandLine(program: string, file: string, { name }: ReleaseProfile): string[] {
  const log = agentLogFile(program, name)
  if (name !== 'stein')
    return [pythonOf(name), `/usr/bin/${program}`, `--config-file=${CONF}`, `--config-file=${file}`, `--log-file=${log}`]
  const folders = ['/etc/neutron/conf.d/common', `/etc/neutron/conf.d/${program}`]
  return [
    pythonOf(name),
    `/usr/bin/${program}`,
    ...[DIST, CONF, file].flatMap((path) => ['--config-file', path]),
    ...folders.flatMap((folder) => ['--config-dir', folder]),
    '--log-file',
    log,
  ]
}

/** /var/log/neutron/l3-agent.log; Debian's packages of later releases keep the program's whole name. */
export function agentLogFile(program: string, release: NeutronRelease): string {
  return `/var/log/neutron/${release === 'ussuri' ? program : program.replace(/^neutron-/, '')}.log`
}

export function pythonOf(release: NeutronRelease): string {
  return { icehouse: '/usr/bin/python', stein: '/usr/bin/python2', ussuri: '/usr/bin/python3' }[release]
}
