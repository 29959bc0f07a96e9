// nova-compute of a cloud with neutron: plugs a server's NICs, runs it when they are wired, takes both away again.

import { wakes } from '../../../node/wakes.js'
import { Agent, AgentError } from '../../agent.js'
import type { Guest } from '../../nova/hypervisor.js'
import { Hypervisor } from '../../nova/hypervisor.js'
import type { Server } from '../../nova/objects.js'
import { pythonOf } from '../command-lines.js'
import { deviceName } from '../names.js'
import type { NeutronRelease } from '../release.js'
import { type CloudAgent, type ComputeContext, type ComputeRpc, type Landing, NOT_WIRED, type Vif } from '../rpc.js'
import { neutronDomainXml } from './domain-xml.js'
import type { VifDriver } from './vif-driver.js'
import { guestNicOf, NovaVifDriver, OsVifDriver } from './vif-driver.js'

/** Copying the image and starting qemu, microseconds. */
const SPAWN_US = 3_000_000

/** A guest's way from the power button to off, which nova-compute asks for once a second, microseconds. */
const SHUTDOWN_US = 2_000_000

/** vif_plugging_timeout, microseconds. */
const PLUGGING_TIMEOUT_US = 300_000_000

/** What moving a guest's memory takes, whatever its size and for each megabyte, microseconds. */
const COPY_US = 1_500_000
const COPY_US_PER_MB = 500

/** enable_qemu_monitor_announce_self_count and _interval */
const ANNOUNCE_COUNT = 3
const ANNOUNCE_INTERVAL_US = 1_000_000

const INSTANCES = '/var/lib/nova/instances'

export class NeutronCompute implements CloudAgent, ComputeRpc {
  readonly agent: Agent
  private readonly hypervisor: Hypervisor
  private readonly driver: VifDriver
  /** NICs of each server, by its id. */
  private readonly vifs = new Map<string, readonly Vif[]>()
  /** Who waits for network-vif-plugged of a port. */
  private readonly waiting = new Map<string, () => void>()

  constructor(private readonly context: ComputeContext) {
    const { machine, lab, profile } = context
    this.agent = new Agent('nova-compute', machine, commandLine(profile.name))
    this.driver = profile.l2.native ? new OsVifDriver(this.agent) : new NovaVifDriver(this.agent)
    this.hypervisor = new Hypervisor(this.agent, lab, {
      folder,
      xml: (guest) => neutronDomainXml(guest, folder(guest.server), profile.name),
    })
  }

  get host(): string {
    return this.context.host
  }

  get isAlive(): boolean {
    return !this.agent.proc.isDone
  }

  /** Nothing to do before the first server. */
  async start(): Promise<void> {}

  settled(): Promise<void> {
    return this.agent.settled()
  }

  async spawn(server: Server, vifs: readonly Vif[]): Promise<void> {
    this.vifs.set(server.id, vifs)
    const plugged = vifs.map((vif) => this.expectPlugged(vif.portId))
    await this.work(`boot server ${server.name}`, server, async () => {
      await this.plugAll(server)
      const guest = this.hypervisor.define(server, vifs.map(guestNicOf))
      await this.agent.sleep(SPAWN_US)
      await this.hypervisor.create(guest)
    })
    // The domain is there, paused: it runs when neutron says that its NICs are wired.
    const isWired = (await Promise.all(plugged)).every(Boolean)
    if (!isWired) {
      await this.destroy(server)
      throw new AgentError(NOT_WIRED)
    }
    await this.work(`boot server ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      if (guest !== null) this.hypervisor.resume(guest)
    })
  }

  destroy(server: Server): Promise<void> {
    return this.work(`delete server ${server.name}`, server, () => this.remove(server))
  }

  private async remove(server: Server): Promise<void> {
    const guest = this.guestOf(server)
    if (guest !== null) await this.hypervisor.stop(guest)
    for (const vif of this.vifs.get(server.id) ?? []) {
      this.waiting.get(vif.portId)?.()
      await this.driver.unplug(vif)
    }
    this.vifs.delete(server.id)
    if (guest !== null) await this.hypervisor.undefine(guest)
  }

  reboot(server: Server, hard: boolean): Promise<void> {
    return this.work(`reboot server ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      if (guest === null) return
      if (!hard) await this.agent.sleep(SHUTDOWN_US)
      await this.hypervisor.stop(guest)
      if (hard) await this.plugAll(server)
      await this.run(guest)
    })
  }

  powerOff(server: Server): Promise<void> {
    return this.work(`stop server ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      if (guest !== null) await this.hypervisor.stop(guest)
    })
  }

  powerOn(server: Server): Promise<void> {
    return this.work(`start server ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      if (guest === null || guest.machine !== null) return
      await this.plugAll(server)
      await this.run(guest)
    })
  }

  attachInterface(server: Server, vif: Vif): Promise<void> {
    return this.work(`attach an interface to ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      if (guest === null) return
      this.vifs.set(server.id, [...(this.vifs.get(server.id) ?? []), vif])
      await this.driver.plug(vif, server.id)
      await this.hypervisor.attach(guest, guestNicOf(vif))
    })
  }

  detachInterface(server: Server, portId: string): Promise<void> {
    return this.work(`detach an interface from ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      const vifs = this.vifs.get(server.id) ?? []
      const vif = vifs.find((row) => row.portId === portId)
      if (guest === null || vif === undefined) return
      await this.hypervisor.detach(guest, deviceName('tap', portId))
      this.vifs.set(
        server.id,
        vifs.filter((row) => row !== vif),
      )
      await this.driver.unplug(vif)
    })
  }

  // --- live migration

  async preLiveMigration(server: Server, vifs: readonly Vif[]): Promise<Landing> {
    this.vifs.set(server.id, vifs)
    await this.work(`live migration of ${server.name}: make ready`, server, async () => {
      await this.plugAll(server)
      await this.hypervisor.createIncoming(this.hypervisor.define(server, vifs.map(guestNicOf)))
    })
    return {
      adopt: (machine) => {
        const guest = this.guestOf(server)
        if (guest !== null) this.hypervisor.adopt(guest, machine)
      },
    }
  }

  async liveMigrate(server: Server, landing: Landing, switchOver: () => void): Promise<void> {
    await this.agent.sleep(COPY_US + server.flavor.ramMb * COPY_US_PER_MB)
    await this.work(`live migration of ${server.name}`, server, async () => {
      const guest = this.guestOf(server)
      const machine = guest === null ? null : this.hypervisor.handOver(guest)
      if (machine === null) throw new AgentError(`Domain not found: no domain with matching uuid '${server.id}'`)
      switchOver()
      landing.adopt(machine)
    })
  }

  postLiveMigration(server: Server): void {
    if (this.context.config.flags.get('enable_qemu_monitor_announce_self') !== 'true') return
    const guest = this.guestOf(server)
    if (guest !== null) this.hypervisor.announceAgain(guest, ANNOUNCE_COUNT, ANNOUNCE_INTERVAL_US)
  }

  cleanUpMigration(server: Server): Promise<void> {
    return this.work(`live migration of ${server.name}: clean up`, server, () => this.remove(server))
  }

  vifPlugged(portId: string): void {
    this.waiting.get(portId)?.()
  }

  console(server: Server): string {
    return this.hypervisor.console(server)
  }

  private guestOf(server: Server): Guest | null {
    return this.hypervisor.guests.get(server.id) ?? null
  }

  private async plugAll(server: Server): Promise<void> {
    for (const vif of this.vifs.get(server.id) ?? []) await this.driver.plug(vif, server.id)
  }

  private async run(guest: Guest): Promise<void> {
    await this.hypervisor.create(guest)
    this.hypervisor.resume(guest)
  }

  /** False when nobody said so in time. */
  private expectPlugged(portId: string): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isPlugged: boolean): void => {
        this.waiting.delete(portId)
        timer.cancel()
        wakes.count++
        resolve(isPlugged)
      }
      const timer = this.agent.machine.sim.scheduler.after(PLUGGING_TIMEOUT_US, () => done(false))
      this.waiting.set(portId, () => done(true))
    })
  }

  private work(event: string, server: Server, task: () => Promise<void>): Promise<void> {
    return this.agent.enqueue(event, server.id, task)
  }
}

function folder(server: Server): string {
  return `${INSTANCES}/${server.id}`
}

function commandLine(release: NeutronRelease): string[] {
  const program = [pythonOf(release), '/usr/bin/nova-compute']
  if (release === 'stein') return program
  const files = ['--config-file=/etc/nova/nova.conf', '--config-file=/etc/nova/nova-compute.conf']
  return [...program, ...files, ...(release === 'ussuri' ? ['--log-file=/var/log/nova/nova-compute.log'] : [])]
}
