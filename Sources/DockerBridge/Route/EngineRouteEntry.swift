import Base
import Glibc
import Policy

/// The methods that engines know. `HEAD` is a `GET` whose body stays away.
enum EngineMethod {
    case get, post, put, delete

    init?(_ method: String) {
        switch method {
        case "GET", "HEAD": self = .get
        case "POST": self = .post
        case "PUT": self = .put
        case "DELETE": self = .delete
        default: return nil
        }
    }
}

/// One line of the table.
///
/// A pattern holds at most one `*`, which stands for an id or name and takes slashes as the engines' patterns do, and may
/// end in `/:`, which stands for one segment.
struct EngineRouteEntry {
    enum Interface {
        case both
        case docker
        /// Podman's own, without the `/libpod` in front.
        case libpod
    }

    /// Bytes of a pattern around its `*`, or all of it.
    struct Frame: Equatable {
        let before: Int
        let after: Int
    }

    let method: EngineMethod
    let pattern: StaticString
    let plainOperation: Operation
    let transfer: EngineRoute.Transfer
    private let plainPatience: Patience
    let interface: Interface
    /// What admission is asked about, in the words of Docker's interface or of the one that alone has the path.
    private let plainSettings: ContainerCreation.Kind?
    /// `nil` for a pattern without a `*`.
    let frame: Frame?
    private let endsInSegment: Bool

    init(
        _ method: EngineMethod,
        _ pattern: StaticString,
        _ operation: Operation,
        _ transfer: EngineRoute.Transfer = .whole,
        _ patience: Patience = .prompt,
        _ interface: Interface = .both,
        settings: ContainerCreation.Kind? = nil
    ) {
        (self.method, self.pattern, self.plainOperation) = (method, pattern, operation)
        (self.transfer, self.plainPatience, self.interface) = (transfer, patience, interface)
        self.plainSettings = settings
        let bytes = UnsafeBufferPointer(start: pattern.utf8Start, count: pattern.utf8CodeUnitCount)
        self.frame = bytes.firstIndex(of: UInt8(ascii: "*")).map { Frame(before: $0, after: bytes.count - $0 - 1) }
        self.endsInSegment = bytes.last == UInt8(ascii: ":")
    }

    func matches(_ path: EnginePath) -> Bool {
        switch self.interface {
        case .both: break
        case .docker: if path.isLibpod { return false }
        case .libpod: if !path.isLibpod { return false }
        }
        guard let frame = self.frame else { return path.bytes.isEqual(to: self.pattern) }
        var count = path.bytes.count
        var after = frame.after
        if self.endsInSegment {
            while count > 0, path.bytes[count - 1] != UInt8(ascii: "/") { count -= 1 }
            after -= 1
        }
        guard count > frame.before + after, let base = path.bytes.baseAddress else { return false }
        let start = self.pattern.utf8Start
        return memcmp(base, start, frame.before) == 0
            && memcmp(base + count - after, start + frame.before + 1, after) == 0
    }

    /// What admission is asked about. Podman's own interface takes no settings with a start.
    func settings(isLibpod: Bool, query: EngineQuery) -> ContainerCreation.Kind? {
        guard isLibpod else { return self.plainSettings }
        return switch self.plainSettings {
        case .create: .podman
        case .start: nil
        case .update: .podmanUpdate
        case .podmanRestore: query.importsCheckpoint ? .podmanOther : .podmanRestore
        case let settings: settings
        }
    }

    func operation(_ query: EngineQuery) -> Operation {
        guard self.plainOperation == .imagesPull, !self.pullsAlways else { return self.plainOperation }
        // One engine would pull what another one imports.
        if query.isAmbiguous { return .unknown }
        // The query tells `/images/create` which image to pull.
        return query.first("fromImage")?.isEmpty ?? true ? .imagesImport : .imagesPull
    }

    /// What the request may be besides: what another engine reads in its query, and what Podman removes with `force`, which are
    /// the containers that use what is removed.
    func others(_ query: EngineQuery, isLibpod: Bool) -> OperationSet {
        switch self.plainOperation {
        case .imagesPull where !self.pullsAlways && query.isAmbiguous: OperationSet([.imagesPull, .imagesImport])
        case .imagesRemove where isLibpod && query.switchesOn("force"),
            .networksRemove where isLibpod && query.switchesOn("force"),
            .volumesRemove where isLibpod && query.switchesOn("force"):
            OperationSet([.containersRemove])
        default: OperationSet()
        }
    }

    /// Whether both are the same line of the table.
    func isSame(as other: EngineRouteEntry?) -> Bool {
        other?.pattern.utf8Start == self.pattern.utf8Start && other?.method == self.method
            && other?.interface == self.interface
    }

    /// Podman's own interface has a path for each of the two.
    private var pullsAlways: Bool { self.interface == .libpod }

    func patience(_ query: EngineQuery, isLibpod: Bool) -> Patience {
        guard self.plainPatience == .stop(seconds: nil) else { return self.plainPatience }
        let seconds = (isLibpod ? query.first("timeout") : nil) ?? query.first("t")
        guard let seconds, seconds.contains(where: \.beginsEscape) else { return Patience(stop: seconds) }
        var decoded = String(decoding: seconds, as: UTF8.self).percentDecoded
        return decoded.withUTF8 { Patience(stop: $0) }
    }
}
