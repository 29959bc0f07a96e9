// service, upstart's commands and systemctl on machines with and without a cloud's services.
import { describe, expect, test } from 'vitest'
import { addCloudService } from '../../../src/cloud/services.js'
import type { Process } from '../../../src/node/process.js'
import { OneMachine } from './one-machine.js'

function withAgent(image: string): OneMachine {
  const node = new OneMachine(image)
  let running: Process | null = null
  const start = (): void => {
    running = node.machine.daemon(['/usr/bin/python', '/usr/bin/neutron-l3-agent'], async (proc) => {
      await proc.wait(() => {})
      return 0
    })
  }
  start()
  addCloudService(node.machine, {
    name: 'neutron-l3-agent',
    description: 'OpenStack Neutron Layer 3 Agent',
    process: () => (running?.isDone === false ? running : null),
    start,
  })
  return node
}

describe('upstart', () => {
  test('a job is stopped, started and restarted', async () => {
    const node = withAgent('ubuntu-14.04')
    const said = async (line: string): Promise<string> => {
      const { stdout, stderr, exitCode } = await node.run(line)
      return `${stdout}${stderr}${exitCode}`.replace(/process \d+/g, 'process N')
    }
    expect(await said('service neutron-l3-agent status')).toBe('neutron-l3-agent start/running, process N\n0')
    expect(await said('service neutron-l3-agent restart')).toBe(
      'neutron-l3-agent stop/waiting\nneutron-l3-agent start/running, process N\n0',
    )
    expect(await said('start neutron-l3-agent')).toBe('start: Job is already running: neutron-l3-agent\n1')
    expect(await said('stop neutron-l3-agent')).toBe('neutron-l3-agent stop/waiting\n0')
    expect(await said('stop neutron-l3-agent')).toBe('stop: Unknown instance: \n1')
    expect(await said('initctl list')).toBe('neutron-l3-agent stop/waiting\n0')
    expect(await said('service --status-all')).toBe(' [ - ]  neutron-l3-agent\n0')
    expect(await said('initctl start neutron-l3-agent')).toBe('neutron-l3-agent start/running, process N\n0')
    expect(await said('status nosuch')).toBe('status: Unknown job: nosuch\n1')
    expect(await said('service nosuch start')).toBe('nosuch: unrecognized service\n1')
  })
})

describe('systemd', () => {
  test('a unit is stopped and started', async () => {
    const node = withAgent('centos-7')
    const code = async (line: string): Promise<number> => (await node.run(line)).exitCode
    expect((await node.run('systemctl is-active neutron-l3-agent')).stdout).toBe('active\n')
    expect((await node.run('systemctl status neutron-l3-agent')).stdout.replace(/\d+ \(|─\d+|; \w+ ago|since .*?;/g, '')).toBe(
      [
        '● neutron-l3-agent.service - OpenStack Neutron Layer 3 Agent',
        '   Loaded: loaded (/usr/lib/systemd/system/neutron-l3-agent.service; enabled; vendor preset: disabled)',
        '   Active: active (running)  0s ago',
        ' Main PID: neutron-l3-agen)',
        '   CGroup: /system.slice/neutron-l3-agent.service',
        '           └ /usr/bin/python /usr/bin/neutron-l3-agent',
        '',
      ].join('\n'),
    )
    expect(await code('systemctl stop neutron-l3-agent')).toBe(0)
    expect(await code('systemctl status neutron-l3-agent')).toBe(3)
    expect(await code('systemctl restart neutron-l3-agent.service')).toBe(0)
    expect(await code('systemctl is-active neutron-l3-agent')).toBe(0)
    expect((await node.run('systemctl start nosuch')).stderr).toBe('Failed to start nosuch.service: Unit not found.\n')
    expect((await node.run('service neutron-l3-agent stop')).stderr).toBe('Redirecting to /bin/systemctl stop neutron-l3-agent.service\n')
  })
})
