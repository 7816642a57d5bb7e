/// Every setting that the agent reads from its environment.
///
/// Three variables of the system are not settings: `HOME` and `XDG_RUNTIME_DIR`, below which the engine's socket may be, and
/// systemd's `JOURNAL_STREAM`.
///
/// A new setting is a value in one of the extensions, a place in its group, and a call of `EnvironmentReader.read` where it
/// counts; `make settings-page` writes it into docs/configuration.md.
package enum Settings {
    /// In the order of docs/configuration.md.
    package static let groups = [
        controllerGroup, proxiesGroup, agentGroup, connectionGroup, listenerGroup, standardGroup, engineGroup,
        inventoryGroup, adapterGroup, terminalGroup, loggingGroup,
    ]

    package static let rows = groups.flatMap(\.rows)
}
