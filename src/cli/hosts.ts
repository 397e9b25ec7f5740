import type { Host, Inventory } from '../inventory/index.ts'
import type { RunRequest } from '../run/index.ts'

/** The hosts of a selection, or without one those that a request names, else those of the settings. */
export function hostsMeant(
  inventory: Inventory,
  request: RunRequest,
  selection: readonly string[] = [],
): readonly Host[] {
  return inventory.select(selection.length > 0 ? { hosts: selection, roles: [], exclude: [] } : request)
}
