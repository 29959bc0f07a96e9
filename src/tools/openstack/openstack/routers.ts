// openstack router.
import { type Cell, FormattedCell, joined } from '../shared/cells.js'
import { ClientError } from '../shared/formatters.js'
import { isList, isObject, type Json, type JsonObject, jsonDumps } from '../shared/python.js'
import { type OpenStackCall, type OpenStackCommand, PROJECT, TAG_FILTERS } from './command.js'
import { deleteAll, filtersOf, projectOf, routesText, switchOf, tagsFor, upDown } from './common.js'
import { routeOf } from './networks.js'
import { fixedIpOf } from './ports.js'

function gatewayText({ python, isLater }: OpenStackCall, row: JsonObject): Cell {
  const gateway = row.external_gateway_info ?? null
  if (isLater) return new FormattedCell(jsonDumps(gateway, python), gateway)
  return isObject(gateway) && Object.keys(gateway).length > 0 ? jsonDumps(gateway, python) : null
}

async function routerFields(call: OpenStackCall, row: JsonObject): Promise<Record<string, Cell>> {
  const plain = (key: string): Cell => row[key] ?? null
  return {
    admin_state_up: upDown(row.admin_state_up),
    availability_zone_hints: joined(row.availability_zone_hints),
    availability_zones: joined(row.availability_zones),
    created_at: plain('created_at'),
    description: plain('description'),
    ...('distributed' in row ? { distributed: plain('distributed') } : {}),
    external_gateway_info: gatewayText(call, row),
    flavor_id: plain('flavor_id'),
    ...('ha' in row ? { ha: plain('ha') } : {}),
    id: plain('id'),
    ...(await call.location(row)),
    name: plain('name'),
    project_id: row.project_id ?? row.tenant_id ?? null,
    revision_number: plain('revision_number'),
    routes: routesText(row.routes),
    status: plain('status'),
    tags: joined(row.tags),
    updated_at: plain('updated_at'),
  }
}

/** Ports of the router but the gateway's, address by address. */
async function interfacesText(call: OpenStackCall, row: JsonObject): Promise<Cell> {
  const ports = await call.api.list('port', [['device_id', String(row.id)]])
  const found: Json[] = []
  for (const port of ports) {
    if (port.device_owner === 'network:router_gateway' || !isList(port.fixed_ips)) continue
    for (const ip of port.fixed_ips) {
      if (isObject(ip)) found.push({ port_id: port.id!, ip_address: ip.ip_address!, subnet_id: ip.subnet_id! })
    }
  }
  return new FormattedCell(jsonDumps(found, call.python), found)
}

async function listRouters(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const query: [string, string][] = filtersOf(parsed, { name: 'name' })
  if (parsed.has('enable')) query.push(['admin_state_up', 'True'])
  if (parsed.has('disable')) query.push(['admin_state_up', 'False'])
  query.push(...(await tagsFor(call)))
  const agent = parsed.value('agent')
  const rows = agent === null ? await api.list('router', query) : await routersOnAgent(call, agent)
  const columns: [string, (row: JsonObject) => Cell][] = [
    ['ID', (row) => row.id!],
    ['Name', (row) => row.name ?? null],
    ['Status', (row) => row.status ?? null],
    ['State', (row) => upDown(row.admin_state_up)],
    ['Project', (row) => row.project_id ?? row.tenant_id ?? null],
  ]
  if (rows.some((row) => 'distributed' in row)) columns.push(['Distributed', (row) => row.distributed ?? null])
  if (rows.some((row) => 'ha' in row)) columns.push(['HA', (row) => row.ha ?? null])
  if (parsed.has('long')) {
    columns.push(['Routes', (row) => routesText(row.routes)], ['External gateway info', (row) => gatewayText(call, row)])
    columns.push(['Tags', (row) => joined(row.tags)])
  }
  call.list(
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  )
}

async function routersOnAgent({ api }: OpenStackCall, id: string): Promise<JsonObject[]> {
  const reply = await api.network('GET', `/agents/${id}/l3-routers`)
  return (isObject(reply) ? reply.routers : []) as unknown as JsonObject[]
}

async function attach(call: OpenStackCall, resource: 'port' | 'subnet', verb: 'add' | 'remove'): Promise<void> {
  const { api, parsed } = call
  const find = async (): Promise<[string, string]> => {
    if (resource === 'subnet') {
      const router = verb === 'add' ? await api.findId('router', parsed.text('router')) : null
      const subnet = await api.findId('subnet', parsed.text('subnet'))
      return [router ?? (await api.findId('router', parsed.text('router'))), subnet]
    }
    const port = await api.findId('port', parsed.text('port'))
    return [await api.findId('router', parsed.text('router')), port]
  }
  const [router, id] = await find()
  await api.network('PUT', `/routers/${router}/${verb}_router_interface`, { [`${resource}_id`]: id })
}

async function setRouter(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('router', parsed.text('router'))
  const body: Record<string, Json> = {}
  if (parsed.value('name') !== null) body.name = parsed.text('name')
  if (parsed.value('description') !== null) body.description = parsed.text('description')
  switchOf(parsed, body, 'admin_state_up', 'enable', 'disable')
  switchOf(parsed, body, 'distributed', 'distributed', 'centralized')
  switchOf(parsed, body, 'ha', 'ha', 'no-ha')
  const cleared = parsed.has('no-route') || parsed.has('clear-routes')
  if (parsed.has('route')) body.routes = [...parsed.values('route').map(routeOf), ...(cleared || !isList(row.routes) ? [] : row.routes)]
  else if (cleared) body.routes = []
  if ((parsed.has('disable-snat') || parsed.has('enable-snat') || parsed.has('fixed-ip')) && !parsed.has('external-gateway')) {
    throw new ClientError("You must specify '--external-gateway' in orderto update the SNAT or fixed-ip values")
  }
  if (parsed.has('external-gateway')) body.external_gateway_info = await gatewayOf(call)
  await api.update('router', row, body)
}

async function gatewayOf(call: OpenStackCall): Promise<Json> {
  const { parsed, api } = call
  const gateway: Record<string, Json> = { network_id: await api.findId('network', parsed.text('external-gateway')) }
  switchOf(parsed, gateway, 'enable_snat', 'enable-snat', 'disable-snat')
  if (!parsed.has('fixed-ip')) return gateway
  const addresses: Json[] = []
  for (const text of parsed.values('fixed-ip')) addresses.push(await fixedIpOf(call, text))
  return { ...gateway, external_fixed_ips: addresses }
}

async function unsetRouter(call: OpenStackCall): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('router', parsed.text('router'))
  const body: Record<string, Json> = {}
  if (parsed.has('route')) {
    const gone = parsed.values('route').map((text) => JSON.stringify(routeOf(text)))
    const isGone = (route: Json): boolean =>
      isObject(route) && gone.includes(JSON.stringify({ destination: route.destination, nexthop: route.nexthop }))
    body.routes = (isList(row.routes) ? row.routes : []).filter((route) => !isGone(route))
  }
  if (parsed.has('external-gateway')) body.external_gateway_info = {}
  await api.update('router', row, body)
}

const ROUTE = '[--route destination=<subnet>,gateway=<ip-address>*]'

/** Since 5.3: the server adds and removes, nobody sends the whole list. */
async function changeRoutes(call: OpenStackCall, verb: 'add' | 'remove'): Promise<void> {
  const { parsed, api } = call
  const row = await api.find('router', parsed.text('router'))
  const routes = parsed.values('route').map(routeOf)
  const reply = await api.network('PUT', `/routers/${row.id}/${verb}_extraroutes`, { router: { routes } })
  call.show(await routerFields(call, (isObject(reply) && isObject(reply.router) ? reply.router : row) as JsonObject))
}

export const routerCommands: readonly OpenStackCommand[] = [
  {
    words: 'router add port',
    kind: 'act',
    summary: 'Add a port to a router',
    usage: '<router> <port>',
    run: (call) => attach(call, 'port', 'add'),
  },
  {
    words: 'router add route',
    kind: 'show',
    summary: "Add extra static routes to a router's routing table.",
    usage: `<router> ${ROUTE}`,
    isNew: true,
    run: (call) => changeRoutes(call, 'add'),
  },
  {
    words: 'router remove route',
    kind: 'show',
    summary: "Remove extra static routes from a router's routing table.",
    usage: `<router> ${ROUTE}`,
    isNew: true,
    run: (call) => changeRoutes(call, 'remove'),
  },
  {
    words: 'router add subnet',
    kind: 'act',
    summary: 'Add a subnet to a router',
    usage: '<router> <subnet>',
    run: (call) => attach(call, 'subnet', 'add'),
  },
  {
    words: 'router create',
    kind: 'show',
    summary: 'Create a new router',
    usage: `<name> [--enable | --disable] [--distributed | --centralized] [--ha | --no-ha] [--description <description>] ${PROJECT} [--availability-zone-hint <availability-zone>*] [--tag <tag>* | --no-tag]`,
    run: async (call) => {
      const { parsed } = call
      const body: Record<string, Json> = { admin_state_up: true, name: parsed.text('name'), ...(await projectOf(call)) }
      switchOf(parsed, body, 'admin_state_up', 'enable', 'disable')
      switchOf(parsed, body, 'distributed', 'distributed', 'centralized')
      switchOf(parsed, body, 'ha', 'ha', 'no-ha')
      if (parsed.value('description') !== null) body.description = parsed.text('description')
      call.show(await routerFields(call, await call.api.create('router', body)))
    },
  },
  {
    words: 'router delete',
    kind: 'act',
    summary: 'Delete router(s)',
    usage: '<router> [<router> ...]',
    run: (call) => deleteAll(call, 'router', 'router'),
  },
  {
    words: 'router list',
    kind: 'list',
    summary: 'List routers',
    usage: `[--name <name>] [--enable | --disable] [--long] ${PROJECT} [--agent <agent-id>] ${TAG_FILTERS}`,
    run: listRouters,
  },
  {
    words: 'router remove port',
    kind: 'act',
    summary: 'Remove a port from a router',
    usage: '<router> <port>',
    run: (call) => attach(call, 'port', 'remove'),
  },
  {
    words: 'router remove subnet',
    kind: 'act',
    summary: 'Remove a subnet from a router',
    usage: '<router> <subnet>',
    run: (call) => attach(call, 'subnet', 'remove'),
  },
  {
    words: 'router set',
    kind: 'act',
    summary: 'Set router properties',
    usage: `<router> [--name <name>] [--description <description>] [--enable | --disable] [--distributed | --centralized] ${ROUTE} [--no-route] ?--clear-routes [--ha | --no-ha] [--external-gateway <network>] [--fixed-ip subnet=<subnet>,ip-address=<ip-address>*] [--enable-snat | --disable-snat] [--qos-policy <qos-policy> | --no-qos-policy] [--tag <tag>*] [--no-tag]`,
    run: setRouter,
  },
  {
    words: 'router show',
    kind: 'show',
    summary: 'Display router details',
    usage: '<router>',
    run: async (call) => {
      const row = await call.api.find('router', call.parsed.text('router'))
      call.show({ ...(await routerFields(call, row)), interfaces_info: await interfacesText(call, row) })
    },
  },
  {
    words: 'router unset',
    kind: 'act',
    summary: 'Unset router properties',
    usage: `${ROUTE} [--external-gateway] [--qos-policy] <router> [--tag <tag>* | --all-tag]`,
    run: unsetRouter,
  },
]
