export { type ThrowawayHost, type ThrowawayOptions, throwawayHost } from './throwaway-host.ts'
