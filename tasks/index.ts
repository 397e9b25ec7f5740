export { show_config } from './show_config.ts'
export { version } from './version.ts'
