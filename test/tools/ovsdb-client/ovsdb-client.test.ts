// ovsdb-client as that of Open vSwitch 3.1.0 prints; and what happens to daemons that are killed, by distribution.
import { expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

async function answers(lines: readonly string[], image: string | null = null): Promise<string[]> {
  const lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'), image === null ? {} : { image })
  const all: string[] = []
  for (const line of lines) {
    const { stdout, stderr, exitCode } = await lab.run('sandbox', line)
    all.push(`${stdout}${stderr}${exitCode === 0 ? '' : `rc=${exitCode}\n`}`.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'))
  }
  return all
}

test('dump, columns, versions, transactions', async () => {
  expect(
    await answers([
      'ovs-vsctl add-br br0 -- add-port br0 vi0 tag=3 -- set interface vi0 type=internal',
      'ovsdb-client dump Open_vSwitch Port name tag',
      'ovsdb-client -f list dump Port name',
      'ovsdb-client list-columns Queue | grep dscp',
      'ovsdb-client get-schema-version',
      `ovsdb-client transact '["Open_vSwitch",{"op":"select","table":"Port","where":[["name","==","vi0"]],"columns":["name","tag"]}]'`,
      `ovsdb-client transact '["Open_vSwitch",{"op":"update","table":"Port","where":[["name","==","vi0"]],"row":{"tag":7}}]'; ovs-vsctl get port vi0 tag`,
      'ovsdb-client foo',
      'ovsdb-client dump Foo',
    ]),
  ).toEqual([
    '',
    'Port table\nname tag\n---- ---\nbr0  []\nvi0  3\n',
    'Port table\nname                : br0\n\nname                : vi0\n',
    'dscp         {"key":{"maxInteger":63,"minInteger":0,"type":"integer"},"min":0}\n',
    '8.3.1\n',
    '[{"rows":[{"name":"vi0","tag":3}]}]\n',
    '[{"count":1}]\n7\n',
    "ovsdb-client: unknown command 'foo'; use --help for help\nrc=1\n",
    'ovsdb-client: No table "Foo" found.\nrc=1\n',
  ])
})

test('monitor shows what is there and then each change', async () => {
  const [, text] = await answers([
    'ovs-vsctl add-br br0',
    'ovsdb-client monitor Port name,tag > /tmp/seen & sleep 1; ovs-vsctl add-port br0 vi0 -- set interface vi0 type=internal; ovs-vsctl set port vi0 tag=4; ovs-vsctl del-port vi0; sleep 1; kill $! 2>/dev/null; cat /tmp/seen',
  ])
  const blocks = text!.split('\n\n').map((block) => block.split('\n').slice(2).join('\n').trimEnd())
  expect(blocks.slice(0, 4)).toEqual([
    'UUID initial br0  []',
    'UUID insert vi0  []',
    expect.stringMatching(/^UUID old +\[\]\n +new {4}vi0 {2}4$/),
    expect.stringMatching(/^UUID delete vi0 {2}4/),
  ])
})

test('a monitor starts a crashed switch again; kill -9 takes it along', async () => {
  const pid = 'cat /var/run/openvswitch/ovs-vswitchd.pid'
  const running = 'ps -ef | grep -c "[o]vs-vswitchd"'
  expect(
    await answers(
      ['ovs-vsctl add-br br0', running, `kill -SEGV $(${pid}); sleep 1; ${running}`, `kill -9 $(${pid}); sleep 1; ${running}`],
      'ubuntu-14.04',
    ),
  ).toEqual(['', '2\n', '2\n', '0\nrc=1\n'])
})
