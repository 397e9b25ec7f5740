export { missileBuilder } from './builder.ts'
