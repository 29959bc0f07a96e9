// What `ps` shows of neutron's agents: the words that the packages' jobs and units start them with.
import { ML2_FILE } from './node-files/facts.js'
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

/** Of a service of the controller. */
export function controllerLine(name: string, { name: release }: ReleaseProfile): string[] {
  const isOld = release === 'icehouse'
  const python = pythonOf(release)
  if (release === 'ussuri') return debianCommandLine(name, python)
  if (name === 'keystone') return isOld ? [python, '/usr/bin/keystone-all'] : ['/usr/sbin/httpd', '-DFOREGROUND']
  if (name !== 'neutron-server') return isOld ? [python, `/usr/bin/${name}`, ...optionsOf(name)] : [python, `/usr/bin/${name}`]
  const log = '/var/log/neutron/server.log'
  if (isOld)
    return [python, '/usr/bin/neutron-server', '--config-file', '/etc/neutron/neutron.conf', '--log-file', log, '--config-file', ML2_FILE]
  const files = ['/usr/share/neutron/neutron-dist.conf', '/etc/neutron/neutron.conf', '/etc/neutron/plugin.ini']
  const folders = ['/etc/neutron/conf.d/common', '/etc/neutron/conf.d/neutron-server']
  return [
    python,
    '/usr/bin/neutron-server',
    ...files.flatMap((file) => ['--config-file', file]),
    ...folders.flatMap((folder) => ['--config-dir', folder]),
    '--log-file',
    log,
  ]
}

function debianCommandLine(name: string, python: string): string[] {
  if (name === 'keystone') return ['/usr/sbin/apache2', '-k', 'start']
  const project = name.split('-')[0]!
  const file = project === 'glance' ? '/etc/glance/glance-api.conf' : `/etc/${project}/${project}.conf`
  const more = name === 'neutron-server' ? [`--config-file=${ML2_FILE}`] : []
  return [python, `/usr/bin/${name}`, `--config-file=${file}`, ...more, `--log-file=/var/log/${project}/${name}.log`]
}

/** Jobs of nova name its file. */
function optionsOf(name: string): string[] {
  return name.startsWith('nova-') ? ['--config-file=/etc/nova/nova.conf'] : []
}
