/// What a path of the host gives to a container that gets it. The rules share it, so that a mount is accused by one of
/// them only.
enum MountClass: Sendable, Equatable {
    case dockerSocket
    case otherEngineSocket
    /// A socket by which the host itself takes orders.
    case hostSocket
    /// A folder with such sockets somewhere below it.
    case socketFolder
    /// A path that configures or shows the host.
    case sensitive(Severity)
    /// Keys and passwords of an account.
    case keys(Severity)
    /// A path in which programs, devices, accounts or applications of the host have their files.
    case extra(Severity)

    /// - Parameter sockets: of the engine that was asked, whatever they are called.
    /// - Returns: `nil` for a path of no interest.
    init?(_ path: HostPath, isReadOnly: Bool, sockets: [HostPath] = []) {
        switch EngineSocket(path) {
        case .docker: self = .dockerSocket
        case .other: self = .otherEngineSocket
        case .host: self = .hostSocket
        case nil:
            if sockets.contains(where: { $0.names == path.names }) {
                self = .dockerSocket
            } else if SocketFolder.isFound(path) || sockets.contains(where: { $0.isAtOrBelow(path) }) {
                self = .socketFolder
            } else if let severity = HostFolder.sensitivity(of: path, isReadOnly: isReadOnly) {
                self = .sensitive(severity)
            } else if let severity = HostKeys.severity(of: path, isReadOnly: isReadOnly) {
                self = .keys(severity)
            } else if let severity = HostFolder.severity(of: path, isReadOnly: isReadOnly) {
                self = .extra(severity)
            } else {
                return nil
            }
        }
    }

    var severity: Severity {
        switch self {
        case .dockerSocket, .otherEngineSocket: .critical
        case .hostSocket, .socketFolder: .high
        case .sensitive(let severity), .keys(let severity), .extra(let severity): severity
        }
    }

    /// Completes "The host path X is mounted": why a mount of its kind is told of.
    func reason(_ access: String) -> String {
        switch self {
        case .socketFolder: "\(access): the sockets of engines and of the host below it work through any mount"
        case .keys: "\(access): it holds keys or passwords"
        default: access
        }
    }
}
