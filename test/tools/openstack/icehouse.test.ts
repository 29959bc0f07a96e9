// The clients of Icehouse: outputs written from their sources.
import { describe, expect, test } from 'vitest'
import { neutron } from '../../../src/tools/openstack/neutron/neutron.js'
import { nova } from '../../../src/tools/openstack/nova/nova.js'
import { openstack } from '../../../src/tools/openstack/openstack/openstack.js'
import { run } from '../net/two-machines.js'
import { ask, bestOf, clientLab, recordings, STUB_LINES } from './recorded.js'

describe('neutron 2.3.4 and nova 2.17.0', () => {
  for (const { line, output, exitCode } of recordings('icehouse.txt')) {
    test(line, async () => {
      const got = await ask(await clientLab([neutron, nova, openstack], 'ubuntu-14.04'), line)
      expect(bestOf(got.outputs, output)).toBe(output)
      expect(got.exitCode).toBe(exitCode)
    })
  }

  test('each credential is asked for', async () => {
    const { lab } = await clientLab([neutron, nova], 'ubuntu-14.04')
    const without = async (name: string, argv: readonly string[]): Promise<string> => {
      const value = lab.a.init.env.get(name)!
      lab.a.init.env.delete(name)
      const { stderr } = await run(lab, lab.a, argv)
      lab.a.init.env.set(name, value)
      return stderr
    }
    const list = ['neutron', 'net-list']
    expect(await without('OS_USERNAME', list)).toBe('You must provide a username via either --os-username or env[OS_USERNAME]\n')
    expect(await without('OS_PASSWORD', list)).toBe('You must provide a password via either --os-password or env[OS_PASSWORD]\n')
    expect(await without('OS_TENANT_NAME', list)).toBe(
      'You must provide a tenant_name or tenant_id via  --os-tenant-name, env[OS_TENANT_NAME]  --os-tenant-id, or via env[OS_TENANT_ID]\n',
    )
    expect(await without('OS_AUTH_URL', list)).toBe('You must provide an auth url via either --os-auth-url or via env[OS_AUTH_URL]\n')
    expect(await without('OS_USERNAME', ['nova', 'list'])).toBe(
      'ERROR: You must provide a username via either --os-username or env[OS_USERNAME]\n',
    )
  })

  test('what a command asks of the cloud', async () => {
    const client = await clientLab([neutron], 'ubuntu-14.04')
    await ask(client, 'neutron subnet-create private 10.1.0.0/24 --name s --no-gateway --disable-dhcp')
    expect(client.stub.log.filter((line) => line.includes(' /net/'))).toEqual(STUB_LINES)
  })
})
