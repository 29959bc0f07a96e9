// Log files of agents: what they ran and told, put into words when somebody reads.
import { expect, test } from 'vitest'
import { agentLog, openAgentLog, sayStarted } from '../../src/cloud/neutron/agent-logs.js'
import { pythonRepr } from '../../src/cloud/oslo-log.js'
import { OneMachine } from '../tools/util/one-machine.js'

test('Icehouse tells of a command twice, with all that it said', () => {
  const { machine } = new OneMachine('ubuntu-14.04')
  const log = openAgentLog('neutron-l3-agent', machine, 77, 'icehouse')
  const agent = agentLog(log, 'neutron-l3-agent', 'icehouse')
  agent.ran(77, machine.clockUs, ['ip', 'netns', 'add', 'q'], { stdout: "it's\n", stderr: '', exitCode: 1 })
  sayStarted(log, 'neutron-l3-agent', 77, 'icehouse')
  agent.failed(77, 'no such thing')
  const utils = '/usr/lib/python2.7/dist-packages/neutron/agent/linux/utils.py'
  const words = "['sudo', '/usr/bin/neutron-rootwrap', '/etc/neutron/rootwrap.conf', 'ip', 'netns', 'add', 'q']"
  const at = '2012-07-31 01:00:45.000 77'
  expect(machine.files.read('/var/log/neutron/l3-agent.log')).toBe(
    [
      `${at} INFO neutron.common.config [-] Logging enabled!`,
      `${at} DEBUG neutron.agent.linux.utils [-] Running command: ${words} create_process ${utils}:48`,
      `${at} DEBUG neutron.agent.linux.utils [-] `,
      `Command: ${words}`,
      'Exit code: 1',
      'Stdout: "it\'s\\n"',
      `Stderr: '' execute ${utils}:74`,
      `${at} INFO neutron.agent.l3_agent [-] L3 agent started`,
      `${at} ERROR neutron.agent.l3_agent [-] no such thing`,
      '',
    ].join('\n'),
  )
})

test('a truncated log goes on; another process of the service goes on in the same file', async () => {
  const node = new OneMachine('centos-7')
  const first = agentLog(openAgentLog('neutron-dhcp-agent', node.machine, 5, 'stein'), 'neutron-dhcp-agent', 'stein')
  first.told(5, () => 'lost')
  await node.run('> /var/log/neutron/dhcp-agent.log')
  first.told(5, () => 'kept')
  openAgentLog('neutron-dhcp-agent', node.machine, 6, 'stein')
  const { stdout } = await node.run("cut -d' ' -f3- /var/log/neutron/dhcp-agent.log; stat -c %s /var/log/neutron/dhcp-agent.log")
  expect(stdout).toBe(
    [
      '5 INFO neutron.agent.dhcp.agent [-] kept',
      '6 INFO neutron.common.config [-] Logging enabled!',
      '6 INFO neutron.common.config [-] /usr/bin/neutron-dhcp-agent version 14.0.4',
      '6 INFO neutron.agent.dhcp.agent [-] Synchronizing state',
      '319',
      '',
    ].join('\n'),
  )
})

test('repr', () => {
  expect([pythonRepr('a'), pythonRepr("it's"), pythonRepr('\'"\n')]).toEqual(["'a'", '"it\'s"', "'\\'\"\\n'"])
})
