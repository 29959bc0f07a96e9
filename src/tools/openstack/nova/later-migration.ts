// nova live-migration, instance-action-list: servers on the move, and what was asked of them.
import type { Json } from '../shared/python.js'
import type { LaterCommand, LaterNova } from './later-client.js'

async function liveMigrate(nova: LaterNova): Promise<void> {
  const { parsed } = nova
  const { id } = await nova.findServer(parsed.text('server'))
  const copies = parsed.has('block-migrate')
  const body: Record<string, Json> = { host: parsed.value('host'), block_migration: nova.isModern ? copies || 'auto' : copies }
  if (!nova.isModern) body.disk_over_commit = parsed.has('disk-over-commit')
  if (parsed.has('force')) body.force = true
  await nova.ask('POST', `/servers/${id}/action`, { 'os-migrateLive': body })
}

async function listActions(nova: LaterNova): Promise<void> {
  const { id } = await nova.findServer(nova.parsed.text('server'))
  const rows = await nova.rows(`/servers/${id}/os-instance-actions`, 'instanceActions')
  const sorted = [...rows].sort((a, b) => (String(a.start_time) < String(b.start_time) ? -1 : 1))
  const columns = ['Action', 'Request_ID', 'Message', 'Start_Time', ...(nova.isModern ? ['Updated_At'] : [])]
  nova.list(
    columns,
    sorted.map((row) => {
      const cells = [row.action ?? null, row.request_id ?? null, row.message ?? null, row.start_time ?? null]
      return nova.isModern ? [...cells, row.updated_at ?? row.start_time ?? null] : cells
    }),
  )
}

export const laterMigrationCommands: readonly LaterCommand[] = [
  {
    name: 'live-migration',
    summary: 'Migrate running server to a new machine.',
    usage: (isModern) => `[--block-migrate]${isModern ? '' : ' [--disk-over-commit]'} <server> [<host>]`,
    run: liveMigrate,
  },
  {
    name: 'instance-action-list',
    summary: 'List actions on a server.',
    usage: '<server>',
    run: listActions,
  },
]
