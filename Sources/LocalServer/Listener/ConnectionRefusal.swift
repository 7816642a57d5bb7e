/// Why a connection is closed as soon as it is accepted.
enum ConnectionRefusal: Error {
    case tooMany
    /// Its address is not known, so it cannot be counted.
    case unknownPeer
}
