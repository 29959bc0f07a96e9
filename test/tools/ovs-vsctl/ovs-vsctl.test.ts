// ovs-vsctl on a plain node. Texts and exit codes are those of Open vSwitch 3.1.0, but where another version is named.
import { beforeEach, describe, expect, test } from 'vitest'
import { Lab } from '../../../src/lab/lab.js'
import { loadScenario } from '../../../src/scenario/library.js'

let lab: Lab

beforeEach(async () => {
  lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'))
})

/** Standard output and error together, and `rc=N` when it is not 0. */
async function say(line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.run('sandbox', line)
  return `${stdout}${stderr}${exitCode === 0 ? '' : `rc=${exitCode}\n`}`.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
}

async function answers(lines: readonly string[]): Promise<string[]> {
  const all: string[] = []
  for (const line of lines) all.push(await say(line))
  return all
}

const SWITCH = 'ovs-vsctl add-br br0 -- add-port br0 vi0 tag=5 -- set Interface vi0 type=internal'

describe('bridges and ports', () => {
  test('come, are listed, go', async () => {
    expect(
      await answers([
        SWITCH,
        'ovs-vsctl show',
        'ovs-vsctl list-br',
        'ovs-vsctl list-ports br0',
        'ovs-vsctl port-to-br vi0',
        'ovs-vsctl br-exists br0',
        'ovs-vsctl br-exists br1',
        'ovs-vsctl get Interface vi0 ofport -- get Port vi0 tag',
        'ip -br link show vi0 | cut -d" " -f1',
        'ovs-vsctl del-port vi0',
        'ip -br link show vi0',
        'ovs-vsctl del-br br0',
        'ovs-vsctl show',
      ]),
    ).toEqual([
      '',
      expect.stringMatching(
        /^UUID\n {4}Bridge br0\n( {8}Port br0\n {12}Interface br0\n {16}type: internal\n| {8}Port vi0\n {12}tag: 5\n {12}Interface vi0\n {16}type: internal\n){2} {4}ovs_version: "3.1.0"\n$/,
      ),
      'br0\n',
      'vi0\n',
      'br0\n',
      '',
      'rc=2\n',
      '1\n5\n',
      'vi0\n',
      '',
      'Device "vi0" does not exist.\nrc=1\n',
      '',
      'UUID\n    ovs_version: "3.1.0"\n',
    ])
  })

  test('what cannot be is refused', async () => {
    await say(SWITCH)
    expect(
      await answers([
        'ovs-vsctl add-br br0',
        'ovs-vsctl add-br vi0',
        'ovs-vsctl --may-exist add-br br0',
        'ovs-vsctl add-port br0 vi0',
        'ovs-vsctl add-port br9 vi1',
        'ovs-vsctl --may-exist add-port br0 vi0 tag=6 -- get Port vi0 tag',
        'ovs-vsctl del-port br0 vi9',
        'ovs-vsctl --if-exists del-port br0 vi9',
        'ovs-vsctl del-port br0',
        'ovs-vsctl del-br br9',
        'ovs-vsctl add-bond br0 bond0 e1',
        'ovs-vsctl set-fail-mode br0 open',
      ]),
    ).toEqual([
      'ovs-vsctl: cannot create a bridge named br0 because a bridge named br0 already exists\nrc=1\n',
      'ovs-vsctl: cannot create a bridge named vi0 because a port named vi0 already exists on bridge br0\nrc=1\n',
      '',
      'ovs-vsctl: cannot create a port named vi0 because a port named vi0 already exists on bridge br0\nrc=1\n',
      'ovs-vsctl: no bridge named br9\nrc=1\n',
      '5\n',
      'ovs-vsctl: no port named vi9\nrc=1\n',
      '',
      'ovs-vsctl: cannot delete port br0 because it is the local port for bridge br0 (deleting this port requires deleting the entire bridge)\nrc=1\n',
      'ovs-vsctl: no bridge named br9\nrc=1\n',
      "ovs-vsctl: 'add-bond' command requires at least 4 arguments\nrc=1\n",
      'ovs-vsctl: fail-mode must be "standalone" or "secure"\nrc=1\n',
    ])
  })

  test('a device that is not there leaves an error in its row, and is taken when it comes', async () => {
    await say('ovs-vsctl add-br br0')
    expect(
      await answers([
        'ovs-vsctl add-port br0 v0',
        'ovs-vsctl get Interface v0 ofport error',
        'ip link add v0 type veth peer name v1',
        'ovs-vsctl get Interface v0 ofport error',
        'ip link del v0',
        'ovs-vsctl get Interface v0 ofport error',
      ]),
    ).toEqual([
      'ovs-vsctl: Error detected while setting up \'v0\': could not open network device v0 (No such device).  See ovs-vswitchd log for details.\novs-vsctl: The default log directory is "/var/log/openvswitch".\n',
      '-1\n"could not open network device v0 (No such device)"\n',
      '',
      '1\n[]\n',
      '',
      '-1\n"could not open network device v0 (No such device)"\n',
    ])
  })

  test('fake bridges', async () => {
    expect(
      await answers([
        'ovs-vsctl add-br br0 -- add-br br0.7 br0 7 -- add-port br0.7 vi7 -- set interface vi7 type=internal',
        'ovs-vsctl list-br -- list-br',
        'ovs-vsctl br-to-vlan br0.7 -- br-to-parent br0.7 -- br-to-vlan br0',
        'ovs-vsctl list-ports br0 -- list-ports br0.7 -- get port vi7 tag',
        'ovs-vsctl set-fail-mode br0.7 secure',
        'ovs-vsctl br-set-external-id br0.7 k v -- br-get-external-id br0.7 k -- get port br0.7 external_ids',
        'ovs-vsctl add-br x br0 7',
        'ovs-vsctl del-br br0.7 -- list-br',
      ]),
    ).toEqual([
      '',
      'br0\nbr0.7\nbr0\nbr0.7\n',
      '7\nbr0\n0\n',
      'vi7\n7\n',
      'ovs-vsctl: br0.7 is a fake bridge\nrc=1\n',
      'v\n{fake-bridge-k=v}\n',
      'ovs-vsctl: bridge br0 already has a child VLAN bridge br0.7 on VLAN 7\nrc=1\n',
      'br0\n',
    ])
  })
})

describe('records', () => {
  test('set, get, add, remove, clear', async () => {
    await say(SWITCH)
    expect(
      await answers([
        'ovs-vsctl set port vi0 trunks=1-3,5 -- get port vi0 trunks',
        'ovs-vsctl remove port vi0 trunks 1 5 -- add port vi0 trunks 9 -- get port vi0 trunks',
        'ovs-vsctl clear port vi0 trunks -- get port vi0 trunks',
        'ovs-vsctl set int vi0 external-ids:iface-id=abc external_ids:x="a b" -- get Interface vi0 external_ids external_ids:x',
        'ovs-vsctl remove interface vi0 external_ids x -- get interface vi0 external_ids',
        'ovs-vsctl get port vi0 other_config:x',
        'ovs-vsctl --if-exists get port vi0 other_config:x',
        'ovs-vsctl set Port vi0 tag=x',
        'ovs-vsctl set port vi0 tag=9999',
        'ovs-vsctl set port vi0 tag=1,2',
        'ovs-vsctl set port vi0 tag',
        'ovs-vsctl set port vi0 vlan_mode=foo',
        'ovs-vsctl set port vi0 trunks:x=1',
        'ovs-vsctl set bridge br0 name=x',
        'ovs-vsctl set bridge br0 other_config={a=b',
        'ovs-vsctl add port vi0 tag 6 -- comment',
        'ovs-vsctl clear port vi0 interfaces',
        'ovs-vsctl get port nosuch tag',
        'ovs-vsctl list Nosuch',
        'ovs-vsctl get Port vi0 nosuch',
        'ovs-vsctl set port vi0 t=5',
      ]),
    ).toEqual([
      '[1, 2, 3, 5]\n',
      '[2, 3, 9]\n',
      '[]\n',
      '{iface-id=abc, x="a b"}\n"a b"\n',
      '{iface-id=abc}\n',
      'ovs-vsctl: no key "x" in Port record "vi0" column other_config\nrc=1\n',
      '\n',
      'ovs-vsctl: "x" is not a valid integer or range\nrc=1\n',
      'ovs-vsctl: constraint violation: 9999 is not in the valid range 0 to 4095 (inclusive)\nrc=1\n',
      'ovs-vsctl: 1,2: 2 value(s) specified but the maximum number is 1\nrc=1\n',
      'ovs-vsctl: tag: argument does not end in "=" followed by a value.\nrc=1\n',
      'ovs-vsctl: constraint violation: foo is not one of the allowed values ([access, dot1q-tunnel, native-tagged, native-untagged, trunk])\nrc=1\n',
      'ovs-vsctl: cannot specify key to set for non-map column trunks\nrc=1\n',
      'ovs-vsctl: cannot modify read-only column name in table Bridge\nrc=1\n',
      'ovs-vsctl: {a=b: missing "}" at end of data\nrc=1\n',
      'ovs-vsctl: "add" operation would put 2 values in column tag of table Port but the maximum number is 1\nrc=1\n',
      'ovs-vsctl: "clear" operation cannot be applied to column interfaces of table Port, which is not allowed to be empty\nrc=1\n',
      'ovs-vsctl: no row "nosuch" in table Port\nrc=1\n',
      'ovs-vsctl: unknown table "Nosuch"\nrc=1\n',
      'ovs-vsctl: Port does not contain a column whose name matches "nosuch"\nrc=1\n',
      'ovs-vsctl: Port contains more than one column whose name matches "t": tag, trunks\nrc=1\n',
    ])
  })

  test('formats', async () => {
    await say('ovs-vsctl add-br br0')
    const list = '--columns=name,type,external_ids,ofport list Interface'
    expect(
      await answers([
        `ovs-vsctl ${list}`,
        `ovs-vsctl -f table ${list}`,
        `ovs-vsctl -f csv ${list}`,
        `ovs-vsctl -f json ${list}`,
        `ovs-vsctl -f html ${list}`,
        `ovs-vsctl --bare ${list}`,
        `ovs-vsctl --data=json ${list}`,
        'ovs-vsctl --oneline list-br -- get bridge br0 name -- comment x',
        'ovs-vsctl -f foo show',
      ]),
    ).toEqual([
      'name                : br0\ntype                : internal\nexternal_ids        : {}\nofport              : 65534\n',
      'name type     external_ids ofport\n---- -------- ------------ ------\nbr0  internal {}           65534\n',
      'name,type,external_ids,ofport\nbr0,internal,{},65534\n',
      '{"data":[["br0","internal",["map",[]],65534]],"headings":["name","type","external_ids","ofport"]}\n',
      '<table border=1>\n  <tr>\n    <th>name</th>\n    <th>type</th>\n    <th>external_ids</th>\n    <th>ofport</th>\n  </tr>\n  <tr>\n    <td>br0</td>\n    <td>internal</td>\n    <td>{}</td>\n    <td>65534</td>\n  </tr>\n</table>\n',
      'br0\ninternal\n\n65534\n',
      'name                : "br0"\ntype                : "internal"\nexternal_ids        : ["map",[]]\nofport              : 65534\n',
      'br0\nbr0\n\n',
      'ovs-vsctl: unknown output format "foo"\nrc=1\n',
    ])
  })

  test('names of one line; find; wait-until', async () => {
    await say(SWITCH)
    expect(
      await answers([
        'ovs-vsctl -- --id=@p get port vi0 -- --id=@m create mirror name=m0 select-dst-port=@p -- set bridge br0 mirrors=@m',
        'ovs-vsctl --columns=name find mirror',
        'ovs-vsctl clear bridge br0 mirrors -- --columns=name find mirror',
        'ovs-vsctl list mirror',
        'ovs-vsctl set bridge br0 mirrors=@x',
        'ovs-vsctl --id=@m create mirror name=x',
        'ovs-vsctl --columns=name find port tag=5 -- --columns=name find Interface type!=internal',
        'ovs-vsctl find port tag',
        'ovs-vsctl --timeout=1 wait-until bridge br1',
        '(sleep 1; ovs-vsctl add-br br1) & ovs-vsctl wait-until bridge br1 -- list-br; wait',
      ]),
    ).toEqual([
      'UUID\n',
      'name                : m0\n',
      'name                : m0\n',
      '',
      'ovs-vsctl: row id "@x" is referenced but never created (e.g. with "-- --id=@x create ...")\nrc=1\n',
      expect.stringMatching(
        /^UUID\n\d{4}-\S+Z\|00002\|vsctl\|WARN\|row id "@m" was created but no reference to it was inserted, so it will not actually appear in the database\n$/,
      ),
      'name                : vi0\n',
      'ovs-vsctl: tag: argument does not end in "=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "{<=}", "{>=}", "{in}", or "{not-in}" followed by a value.\nrc=1\n',
      expect.stringMatching(/\|00001\|fatal_signal\|WARN\|terminating with signal 14 \(Alarm clock\)\n(Alarm clock\n)?rc=142\n$/),
      expect.stringContaining('br0\nbr1\n'),
    ])
  })
})

describe('the daemons', () => {
  test('without ovsdb-server nobody answers; a crash is followed by a new start with empty tables', async () => {
    await say(SWITCH)
    expect(
      await answers([
        'pkill ovsdb-server; ovs-vsctl show',
        'service openvswitch-switch restart; ovs-vsctl list-ports br0',
        'pkill -STOP ovs-vswitchd; ovs-vsctl -t 1 del-port vi0 2>/dev/null; ovs-vsctl list-ports br0; ip -br link show vi0 | wc -l',
        'pkill -CONT ovs-vswitchd; ip -br link show vi0',
      ]),
    ).toEqual([
      'ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)\nrc=1\n',
      'vi0\n',
      '1\n',
      'Device "vi0" does not exist.\nrc=1\n',
    ])
  })

  test('users without rights are not let in', async () => {
    expect(await say("su nobody -s /bin/sh -c 'ovs-vsctl show' 2>&1 | tail -1")).toMatch(/Permission denied|su: /)
  })
})

describe('words', () => {
  test('commands and options that are none', async () => {
    expect(
      await answers([
        'ovs-vsctl',
        'ovs-vsctl foo',
        'ovs-vsctl --foo list-br',
        'ovs-vsctl -- --foo list-br',
        'ovs-vsctl list-ports',
        'ovs-vsctl list-ports a b',
        'ovs-vsctl list-ports --foo br0',
        'ovs-vsctl -t x show',
        'ovs-vsctl --version',
      ]),
    ).toEqual([
      'ovs-vsctl: missing command name (use --help for help)\nrc=1\n',
      "ovs-vsctl: unknown command 'foo'; use --help for help\nrc=1\n",
      "ovs-vsctl: unrecognized option '--foo'\nrc=1\n",
      "ovs-vsctl: 'list-br' command has no '--foo' option\nrc=1\n",
      "ovs-vsctl: 'list-ports' command requires at least 1 arguments\nrc=1\n",
      "ovs-vsctl: 'list-ports' command takes at most 1 arguments\nrc=1\n",
      'ovs-vsctl: \'list-ports\' command takes at most 1 arguments (note that options must precede command names and follow a "--" argument)\nrc=1\n',
      'ovs-vsctl: value x on -t or --timeout is invalid\nrc=1\n',
      'ovs-vsctl (Open vSwitch) 3.1.0\nDB Schema 8.3.1\n',
    ])
  })

  test('2.0.2 quotes names with digits, shows no errors and brings its ports up', async () => {
    lab = await Lab.boot(await loadScenario('scenarios/sandbox.yaml'), { image: 'ubuntu-14.04' })
    await say('ovs-vsctl add-br br0')
    expect(await answers(['ovs-vsctl add-port br0 eth9', 'ovs-vsctl show', 'ip link show br0 | grep -o "[<,]UP[,>]"'])).toEqual([
      '',
      expect.stringMatching(
        /^UUID\n {4}Bridge "br0"\n( {8}Port "br0"\n {12}Interface "br0"\n {16}type: internal\n| {8}Port "eth9"\n {12}Interface "eth9"\n){2} {4}ovs_version: "2.0.2"\n$/,
      ),
      ',UP,\n',
    ])
  })
})

describe('completion', () => {
  test('commands, bridges, tables, records, columns', async () => {
    await say(SWITCH)
    const complete = (...words: string[]): string[] => {
      const proc = lab.node('sandbox')!.machine.init
      const index = words.length - 1
      return proc.machine.commands.get('ovs-vsctl')!.complete!({ words, index, current: words[index]!, previous: words[index - 1]!, proc })
    }
    expect(complete('ovs-vsctl', 'list-p')).toEqual(['list-ports'])
    expect(complete('ovs-vsctl', 'list-ports', '')).toEqual(['br0'])
    expect(complete('ovs-vsctl', 'del-port', 'br0', 'v')).toEqual(['vi0'])
    expect(complete('ovs-vsctl', 'show', '--', 'get', 'Por')).toEqual(['Port'])
    expect(complete('ovs-vsctl', 'get', 'Port', 'vi')).toEqual(['vi0'])
    expect(complete('ovs-vsctl', 'get', 'Port', 'vi0', 'ta')).toEqual(['tag'])
  })
})
