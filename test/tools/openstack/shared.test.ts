// What the clients share: Python's values, tables, YAML, completion.
import { describe, expect, test } from 'vitest'
import type { CompletionContext } from '../../../src/node/command.js'
import { neutron } from '../../../src/tools/openstack/neutron/neutron.js'
import { nova } from '../../../src/tools/openstack/nova/nova.js'
import { openstack } from '../../../src/tools/openstack/openstack/openstack.js'
import { prettyTable } from '../../../src/tools/openstack/pretty-table.js'
import { jsonDumps, python2Order, pythonRepr } from '../../../src/tools/openstack/shared/python.js'
import { yamlText } from '../../../src/tools/openstack/shared/yaml.js'
import { ask, type ClientLab, clientLab } from './recorded.js'

describe("Python's values", () => {
  // Recorded: Python 2.7.18, list(dict) of these keys in this order.
  test('the order of a dict of Python 2', () => {
    const rule =
      'remote_group_id direction remote_ip_prefix protocol ethertype tenant_id port_range_max port_range_min id security_group_id'
    expect(python2Order(rule.split(' ')).join(' ')).toBe(
      'remote_group_id direction remote_ip_prefix protocol tenant_id port_range_max security_group_id port_range_min ethertype id',
    )
    expect(python2Order(['destination', 'nexthop'])).toEqual(['nexthop', 'destination'])
    expect(python2Order(['ip_address', 'subnet_id'])).toEqual(['subnet_id', 'ip_address'])
  })

  test('repr and json.dumps', () => {
    const value = { a: [1, true, null, 'x'], b: {} }
    expect(pythonRepr(value, 2)).toBe("{u'a': [1, True, None, u'x'], u'b': {}}")
    expect(pythonRepr(value, 3)).toBe("{'a': [1, True, None, 'x'], 'b': {}}")
    expect(pythonRepr("it's", 3)).toBe('"it\'s"')
    expect(jsonDumps({ name: '网络' }, 3)).toBe('{"name": "\\u7f51\\u7edc"}')
    expect(jsonDumps({ a: [1, 2] }, 2, 2)).toBe('{\n  "a": [\n    1, \n    2\n  ]\n}')
  })

  test('YAML', () => {
    expect(yamlText([{ b: '', a: 'yes', c: '10.0.0.1', d: [1], e: null, f: '12' }], 3)).toBe(
      "- a: 'yes'\n  b: ''\n  c: 10.0.0.1\n  d:\n  - 1\n  e: null\n  f: '12'\n",
    )
  })
})

test('Chinese letters take two columns', () => {
  expect(
    prettyTable(
      ['name', 'n'],
      [
        ['网络', '7'],
        ['ab', '12'],
      ],
      { centreHeadings: false, rightColumns: [false, true] },
    ),
  ).toEqual(['+------+----+', '| name |  n |', '+------+----+', '| 网络 |  7 |', '| ab   | 12 |', '+------+----+'])
})

describe('completion', () => {
  const at = ({ lab }: ClientLab, line: string): CompletionContext => {
    const words = line.split(' ')
    return { words, index: words.length - 1, current: words.at(-1)!, previous: words.at(-2) ?? '', proc: lab.a.init }
  }

  test('subcommands, options, and names that a list has shown', async () => {
    const client = await clientLab([neutron, nova, openstack], 'centos-7')
    expect(neutron.complete!(at(client, 'neutron router-g'))).toEqual(['router-gateway-clear', 'router-gateway-set'])
    expect(neutron.complete!(at(client, 'neutron router-gateway-set --dis'))).toEqual(['--disable-snat'])
    expect(neutron.complete!(at(client, 'neutron net-show p'))).toEqual([])
    await ask(client, 'neutron net-list')
    expect(neutron.complete!(at(client, 'neutron net-show p'))).toEqual(['private', 'public'])
    expect(openstack.complete!(at(client, 'openstack network sh'))).toEqual(['show'])
    expect(openstack.complete!(at(client, 'openstack network show p'))).toEqual(['private', 'public'])
    expect(openstack.complete!(at(client, 'openstack network list --ex'))).toEqual(['--external'])
    await ask(client, 'nova list')
    expect(nova.complete!(at(client, 'nova show v'))).toEqual(['vm2', 'vm1'])
    expect(nova.complete!(at(client, 'nova interface-l'))).toEqual(['interface-list'])
  })
})

test('Python 2 of CentOS: unicode in what was not meant for people', async () => {
  const client = await clientLab([openstack], 'centos-7')
  const { outputs } = await ask(client, 'openstack network show private -c location -f value')
  expect(outputs[0]).toBe(
    "Munch({'project': Munch({'domain_id': None, 'domain_name': 'Default', 'id': u'1f2e3d4c5b6a79880918273645546372', 'name': 'admin'}), 'zone': None, 'region_name': '', 'cloud': ''})\n",
  )
  const bad = await ask(client, 'openstack network list -f foo')
  expect(bad.outputs[0]).toContain(
    "openstack network list: error: argument -f/--format: invalid choice: u'foo' (choose from 'csv', 'json', 'table', 'value', 'yaml')\n",
  )
  expect(bad.exitCode).toBe(2)
})
