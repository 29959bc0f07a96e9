// What the agents of a release say in their log files, and how they tell of the commands that they run.
import type { Machine } from '../../node/machine.js'
import type { AgentLog } from '../agent.js'
import { OsloLog, pythonList, pythonRepr, type RunStyle } from '../oslo-log.js'
import type { NeutronService } from './agent-starter.js'
import { agentLogFile } from './command-lines.js'
import type { NeutronRelease } from './release.js'

const ICEHOUSE_UTILS = '/usr/lib/python2.7/dist-packages/neutron/agent/linux/utils.py'
const STEIN_UTILS = '/usr/lib/python2.7/site-packages/neutron/agent/linux/utils.py'
const USSURI_UTILS = '/usr/lib/python3/dist-packages/neutron/agent/linux/utils.py'

const ICEHOUSE: RunStyle = {
  module: 'neutron.agent.linux.utils',
  helper: ['sudo', '/usr/bin/neutron-rootwrap', '/etc/neutron/rootwrap.conf'],
  running: (words) => `Running command: ${pythonList(words)}`,
  done: (words, { exitCode, stdout, stderr }) =>
    `\nCommand: ${pythonList(words)}\nExit code: ${exitCode}\nStdout: ${pythonRepr(stdout)}\nStderr: ${pythonRepr(stderr)}`,
  failureIsError: false,
  places: [`create_process ${ICEHOUSE_UTILS}:48`, `execute ${ICEHOUSE_UTILS}:74`],
}

const STEIN: RunStyle = {
  module: 'neutron.agent.linux.utils',
  helper: [],
  running: (words) => `Running command (rootwrap daemon): ${pythonList(words)}`,
  done: (_, { exitCode, stdout, stderr }) =>
    exitCode === 0 ? 'Exit code: 0' : `Exit code: ${exitCode}; Stdin: ; Stdout: ${stdout.trimEnd()}; Stderr: ${stderr.trimEnd()}`,
  failureIsError: true,
  places: [`execute_rootwrap_daemon ${STEIN_UTILS}:103`, `execute ${STEIN_UTILS}:146`],
}

/** Says no more of what went well. */
const USSURI: RunStyle = {
  ...STEIN,
  done: (words, result) => (result.exitCode === 0 ? '' : STEIN.done(words, result)),
  places: [`execute_rootwrap_daemon ${USSURI_UTILS}:104`, ''],
}

const RUNS: Readonly<Record<NeutronRelease, RunStyle>> = { icehouse: ICEHOUSE, stein: STEIN, ussuri: USSURI }

const NOVA: Readonly<Record<NeutronRelease, RunStyle>> = {
  icehouse: novaStyle(
    'nova.openstack.common.processutils',
    '/usr/lib/python2.7/dist-packages/nova/openstack/common/processutils.py',
    [154, 187],
  ),
  stein: novaStyle('oslo_concurrency.processutils', '/usr/lib/python2.7/site-packages/oslo_concurrency/processutils.py', [372, 409]),
  ussuri: novaStyle('oslo_concurrency.processutils', '/usr/lib/python3/dist-packages/oslo_concurrency/processutils.py', [384, 423]),
}

function novaStyle(module: string, file: string, [first, second]: readonly [number, number]): RunStyle {
  return {
    module,
    helper: ['sudo', 'nova-rootwrap', '/etc/nova/rootwrap.conf'],
    running: (words) => `Running cmd (subprocess): ${words.join(' ')}`,
    done: (_, { exitCode }) => `Result was ${exitCode}`,
    failureIsError: false,
    places: [`execute ${file}:${first}`, `execute ${file}:${second}`],
  }
}

interface Words {
  readonly module: string
  /** Said when it begins, and when what it does at start is done. */
  readonly first: string
  readonly last: string
}

const WORDS: Readonly<Record<NeutronService, Readonly<Record<NeutronRelease, Words>>>> = {
  'neutron-l3-agent': {
    icehouse: { module: 'neutron.agent.l3_agent', first: '', last: 'L3 agent started' },
    stein: { module: 'neutron.agent.l3.agent', first: '', last: 'L3 agent started' },
    ussuri: { module: 'neutron.agent.l3.agent', first: '', last: 'L3 agent started' },
  },
  'neutron-dhcp-agent': {
    icehouse: { module: 'neutron.agent.dhcp_agent', first: 'Synchronizing state', last: 'Synchronizing state complete' },
    stein: { module: 'neutron.agent.dhcp.agent', first: 'Synchronizing state', last: 'Synchronizing state complete' },
    ussuri: { module: 'neutron.agent.dhcp.agent', first: 'Synchronizing state', last: 'Synchronizing state complete' },
  },
  'neutron-openvswitch-agent': {
    icehouse: {
      module: 'neutron.plugins.openvswitch.agent.ovs_neutron_agent',
      first: '',
      last: 'Agent initialized successfully, now running... ',
    },
    stein: {
      module: 'neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent',
      first: '',
      last: 'Agent initialized successfully, now running... ',
    },
    ussuri: {
      module: 'neutron.plugins.ml2.drivers.openvswitch.agent.ovs_neutron_agent',
      first: '',
      last: 'Agent initialized successfully, now running... ',
    },
  },
  'neutron-metadata-agent': {
    icehouse: { module: 'neutron.agent.metadata.agent', first: '', last: '' },
    stein: { module: 'neutron.agent.metadata.agent', first: '', last: '' },
    ussuri: { module: 'neutron.agent.metadata.agent', first: '', last: '' },
  },
  'nova-compute': {
    icehouse: { module: 'nova.service', first: 'Starting compute node (version 2014.1.3)', last: '' },
    stein: { module: 'nova.service', first: 'Starting compute node (version 19.0.3-1.el7)', last: '' },
    ussuri: { module: 'nova.service', first: 'Starting compute node (version 21.2.4)', last: '' },
  },
}

const VERSION = { stein: '14.0.4', ussuri: '16.4.2' } as const

/** Opens the service's log and says what it says when it begins. */
export function openAgentLog(service: NeutronService, machine: Machine, pid: number, release: NeutronRelease): OsloLog {
  if (service === 'nova-compute') {
    const log = new OsloLog(machine, '/var/log/nova/nova-compute.log', NOVA[release])
    sayWords(log, pid, WORDS[service][release], 'first')
    return log
  }
  const log = new OsloLog(machine, agentLogFile(service, release), RUNS[release])
  log.say(pid, 'INFO', 'neutron.common.config', () => 'Logging enabled!')
  if (release !== 'icehouse') log.say(pid, 'INFO', 'neutron.common.config', () => `/usr/bin/${service} version ${VERSION[release]}`)
  sayWords(log, pid, WORDS[service][release], 'first')
  return log
}

export function sayStarted(log: OsloLog, service: NeutronService, pid: number, release: NeutronRelease): void {
  sayWords(log, pid, WORDS[service][release], 'last')
}

/** What an agent tells while it runs. */
export function agentLog(log: OsloLog, service: NeutronService, release: NeutronRelease): AgentLog {
  const { module } = WORDS[service][release]
  return {
    ran: (...run) => log.ran(...run),
    failed: (pid, text) => log.say(pid, 'ERROR', module, () => text),
    told: (pid, words) => log.say(pid, 'INFO', module, words),
  }
}

function sayWords(log: OsloLog, pid: number, words: Words, which: 'first' | 'last'): void {
  if (words[which] !== '') log.say(pid, 'INFO', words.module, () => words[which])
}
