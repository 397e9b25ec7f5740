import { type LoadedSettings, openInventory } from '../config/index.ts'
import type { Inventory } from '../inventory/index.ts'
import { interrupts } from './interrupts.ts'
import { inventoryKeeper } from './inventory-keeper.ts'
import type { World } from './streams.ts'

/** All that is known of hosts here; Ctrl-C ends the inventory program. */
export async function inventoryFor(settings: LoadedSettings, world: World): Promise<Inventory> {
  const { signal, release } = interrupts({ source: world.signals, endNow: world.endNow })
  try {
    return await openInventory(settings, { env: world.env, signal, keeper: inventoryKeeper(world) })
  } finally {
    release()
  }
}
