// The database alone: transactions, rows that nobody refers to, checks of the server, values as text. Facts from Open vSwitch 2.0.2 to 3.1.0.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMac } from '../../../src/addr/mac.js'
import { macOfUuid } from '../../../src/ovs/db/bridge-identity.js'
import { OvsDb } from '../../../src/ovs/db/database.js'
import { EMPTY, mapOf, scalar, setOf } from '../../../src/ovs/db/datum.js'
import { type ParseContext, parseDatum } from '../../../src/ovs/db/datum-parse.js'
import { datumText } from '../../../src/ovs/db/datum-text.js'
import { inHashOrder } from '../../../src/ovs/db/row-order.js'
import { parseColumnType } from '../../../src/ovs/db/schema.js'
import { schemaOf } from '../../../src/ovs/db/tables.js'
import type { Transaction } from '../../../src/ovs/db/transaction.js'
import { Random } from '../../../src/sim/random.js'

function database(version = '3.1.0'): OvsDb {
  return new OvsDb(version, new Random('db'))
}

function addBridge(txn: Transaction, name: string): { bridge: string; port: string; iface: string } {
  const root = txn.rows('Open_vSwitch')[0] ?? txn.insert('Open_vSwitch')
  const iface = txn.insert('Interface')
  iface.set('name', scalar(name))
  const port = txn.insert('Port')
  port.set('name', scalar(name))
  port.set('interfaces', setOf([iface.uuid]))
  const bridge = txn.insert('Bridge')
  bridge.set('name', scalar(name))
  bridge.set('ports', setOf([port.uuid]))
  root.set('bridges', setOf([...root.get('bridges').keys, bridge.uuid]))
  return { bridge: bridge.uuid, port: port.uuid, iface: iface.uuid }
}

const names = (db: OvsDb, table: string): (string | null)[] => [...db.table(table).rows.values()].map((row) => row.text('name'))

describe('transactions', () => {
  test('a bridge takes its ports and interfaces with it', () => {
    const db = database()
    const txn = db.begin()
    const { bridge } = addBridge(txn, 'br0')
    addBridge(txn, 'br1')
    expect(txn.commit()).toBeNull()
    expect(names(db, 'Interface')).toEqual(['br0', 'br1'])
    const next = db.begin()
    const root = next.row('Open_vSwitch', db.root!.uuid)!
    root.set('bridges', setOf(root.get('bridges').keys.filter((uuid) => uuid !== bridge)))
    expect(next.commit()).toBeNull()
    expect([names(db, 'Bridge'), names(db, 'Port'), names(db, 'Interface')]).toEqual([['br1'], ['br1'], ['br1']])
  })

  test('what nobody refers to does not come in', () => {
    const db = database()
    const txn = db.begin()
    txn.insert('Open_vSwitch')
    txn.insert('Port').set('name', scalar('lost'))
    txn.insert('QoS').set('type', scalar('linux-htb'))
    expect(txn.commit()).toBeNull()
    expect([db.table('Port').rows.size, db.table('QoS').rows.size]).toEqual([0, 1])
  })

  test('listeners hear of what changed, once, and of nothing else', () => {
    const db = database()
    const heard: string[] = []
    db.onCommit((changes) => void heard.push(changes.map(({ kind, table, before }) => `${kind} ${table} ${[...before.keys()]}`).join('; ')))
    const txn = db.begin()
    const { port } = addBridge(txn, 'br0')
    txn.commit()
    const same = db.begin()
    same.row('Port', port)!.set('tag', EMPTY)
    same.commit()
    const tagged = db.begin()
    tagged.row('Port', port)!.set('tag', scalar(5))
    tagged.commit()
    expect(heard).toEqual(['insert Open_vSwitch ; insert Interface ; insert Port ; insert Bridge ', 'modify Port tag'])
  })

  test('names of bridges, ports and interfaces are there once', () => {
    const db = database()
    const txn = db.begin()
    addBridge(txn, 'br0')
    txn.commit()
    const again = db.begin()
    addBridge(again, 'br0')
    expect(again.commit()).toEqual({
      error: 'constraint violation',
      details: expect.stringMatching(
        /^Transaction causes multiple rows in "(Interface|Port|Bridge)" table to have identical values \(br0\) for index on column "name"\. {2}First row, with UUID [0-9a-f-]{36}, existed in the database before this transaction and was not modified by the transaction\. {2}Second row, with UUID [0-9a-f-]{36}, was inserted by this transaction\.$/,
      ),
    })
    expect(names(db, 'Bridge')).toEqual(['br0'])
  })

  test('a reference to a row that is not there is refused', () => {
    const db = database()
    const txn = db.begin()
    const { bridge } = addBridge(txn, 'br0')
    const nobody = '11111111-2222-4333-8444-555555555555'
    txn.row('Bridge', bridge)
    txn.rows('Bridge')[0]!.set('ports', setOf([nobody]))
    expect(txn.commit()).toEqual({
      error: 'referential integrity violation',
      details: `Table Bridge column ports row ${bridge} references nonexistent row ${nobody} in table Port.`,
    })
  })

  test('a mirror forgets a port that goes', () => {
    const db = database()
    const txn = db.begin()
    const { bridge, port } = addBridge(txn, 'br0')
    const mirror = txn.insert('Mirror')
    mirror.set('select_src_port', setOf([port]))
    txn.rows('Bridge')[0]!.set('mirrors', setOf([mirror.uuid]))
    txn.commit()
    const next = db.begin()
    next.row('Bridge', bridge)!.set('ports', EMPTY)
    expect(next.commit()).toBeNull()
    expect([...db.table('Mirror').rows.values()].map((row) => row.get('select_src_port').keys)).toEqual([[]])
  })
})

describe('schema', () => {
  test.each([
    ['2.0.2', '7.3.0', 29, false],
    ['2.5.0', '7.12.1', 32, true],
    ['2.11.0', '7.16.1', 33, true],
    ['2.13.8', '8.2.0', 33, true],
    ['3.1.0', '8.3.1', 35, true],
  ])('%s has schema %s', (version, schema, columns, hasError) => {
    const found = schemaOf(version)
    const iface = found.tables.get('Interface')!.columns
    expect([found.version, iface.size, iface.has('error')]).toEqual([schema, columns, hasError])
  })
})

describe('values as text', () => {
  const type = (text: string): ReturnType<typeof parseColumnType> => parseColumnType(text)
  const options = mapOf([
    ['in_key', 'flow'],
    ['local_ip', '10.0.0.1'],
  ])

  test('a digit asked for quotes until 2.12', () => {
    const name = (text: string, version: string): string => datumText(scalar(text), type('string'), version)
    expect(['eth2', 'qr-d8fd27a6-d1', 'patch-tun', 'br-int', ''].map((text) => name(text, '2.0.2'))).toEqual([
      '"eth2"',
      '"qr-d8fd27a6-d1"',
      'patch-tun',
      'br-int',
      '""',
    ])
    expect(['eth2', '10', 'true', 'a b'].map((text) => name(text, '3.1.0'))).toEqual(['eth2', '"10"', '"true"', '"a b"'])
    expect(datumText(options, type('string=string*'), '3.1.0')).toBe('{in_key=flow, local_ip="10.0.0.1"}')
  })

  test('what is printed can be typed', () => {
    const context: ParseContext = { version: '3.1.0', symbols: () => '' }
    const map = type('string=string*')
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 4 }), (entries) => {
        const datum = mapOf(Object.entries(entries))
        expect(parseDatum(datumText(datum, map, '3.1.0'), map, context)).toEqual(datum)
      }),
    )
    const set = type('integer(0..4095){0,4096}')
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 4095 }), { maxLength: 6 }), (numbers) => {
        expect(parseDatum(datumText(setOf(numbers), set, '3.1.0'), set, context)).toEqual(setOf(numbers))
      }),
    )
  })
})

test("a bridge's MAC follows from its uuid", () => {
  expect(formatMac(macOfUuid('d93a3b0f-698d-4a3f-87db-6eebac698104'))).toBe('0e:3b:3a:d9:3f:4a')
  expect(formatMac(macOfUuid('2587db31-c525-4c62-a071-8d4df779726f'))).toBe('32:db:87:25:62:4c')
})

test('rows are walked by the buckets of their uuids', () => {
  const uuids = ['e8bf1a80', '92fc1c93', '9949712a', '6aff71c9', '41982919'].map((uuid) => ({ uuid }))
  expect(inHashOrder(uuids).map(({ uuid }) => uuid)).toEqual(['e8bf1a80', '6aff71c9', '41982919', '9949712a', '92fc1c93'])
})
