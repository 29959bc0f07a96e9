// How a distribution starts Open vSwitch: command lines, who starts a crashed daemon again, what ovs-ctl writes into the first row.
import type { Image } from '../image.js'
import type { Machine } from '../machine.js'
import type { OvsDaemonName } from './openvswitch.js'

/** `--monitor` of ovs-ctl, or a unit of systemd with Restart=on-failure. */
export function ovsRestarts(image: Image): 'monitor' | 'systemd' {
  return image.family === 'redhat' || image.toolAtLeast('ovs', '2.9') ? 'systemd' : 'monitor'
}

export function ovsCommandLine(name: OvsDaemonName, image: Image): string[] {
  const run = '/var/run/openvswitch'
  const log = `--log-file=/var/log/openvswitch/${name}.log`
  const tail = ['--no-chdir', log, `--pidfile=${run}/${name}.pid`, ...userOf(image), '--detach', ...monitorOf(image)]
  const vlog = ['-vconsole:emer', '-vsyslog:err', '-vfile:info']
  if (name === 'ovs-vswitchd') return ['ovs-vswitchd', `unix:${run}/db.sock`, ...vlog, '--mlockall', ...tail]
  const ssl = [
    '--private-key=db:Open_vSwitch,SSL,private_key',
    '--certificate=db:Open_vSwitch,SSL,certificate',
    '--bootstrap-ca-cert=db:Open_vSwitch,SSL,ca_cert',
  ]
  return ['ovsdb-server', '/etc/openvswitch/conf.db', ...vlog, `--remote=punix:${run}/db.sock`, ...ssl, ...tail]
}

function monitorOf(image: Image): string[] {
  return ovsRestarts(image) === 'monitor' ? ['--monitor'] : []
}

function userOf(image: Image): string[] {
  return image.family === 'redhat' && image.toolAtLeast('ovs', '2.8') ? ['--user', 'openvswitch:hugetlbfs'] : []
}

export interface SystemFacts {
  readonly hostname: string
  readonly systemId: string
  readonly systemType: string
  readonly systemVersion: string
  readonly rundir: string
}

export function systemFacts(machine: Machine): SystemFacts {
  const { id, versionId, codename } = machine.image.facts
  const isOldUbuntu = id === 'ubuntu' && !machine.image.toolAtLeast('ovs', '2.6')
  return {
    hostname: machine.hostname,
    systemId: machine.kernel.random.fork(`${machine.name}/system-id`).uuid(),
    systemType: isOldUbuntu ? 'Ubuntu' : id,
    systemVersion: isOldUbuntu ? `${versionId}-${codename}` : versionId,
    rundir: '/var/run/openvswitch',
  }
}
