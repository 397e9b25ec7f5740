/** Runs of digits that can be a number of a range; longer ones (serial numbers, hashes) are text. For `split`. */
export const FOLDABLE_DIGITS = /(?<!\d)(\d{1,9})(?!\d)/

/** Whether a number is written with zeros in front, as all of its range are then: `01`. */
export const isPadded = (digits: string): boolean => digits.length > 1 && digits.startsWith('0')

/** A number with zeros in front, up to a width. */
export const padded = (value: number, width: number): string => String(value).padStart(width, '0')
