import Base
package import Policy

/// What a request is to the engine, found once from its method and target.
///
/// The path is read as an engine reads it: decoded, by bytes, without an API version in front, and with Podman's own
/// `libpod` paths mapped to their Docker twins. A path that two readers could understand differently, because it holds a
/// dot segment, is `unknown`, and admission is asked about it all the same. What it may be besides is one of `others`. Finding a route allocates nothing unless the path
/// is percent-encoded or holds empty segments.
package struct EngineRoute: Sendable, Equatable {
    /// How the engine answers, whatever way the answer takes from here.
    package enum Transfer: Sendable {
        /// One document, or nothing.
        case whole
        /// A body that comes as its work goes on, or of any size.
        case streamed
        /// The connection itself, after an upgrade.
        case hijack
    }

    /// Which answers may wait for which.
    package enum Lane: Sendable {
        case interactive
        case bulk
    }

    package let operation: Operation
    /// What an engine may take the request for besides. A doubt never takes an operation away: a request that may be two is both.
    package let others: OperationSet
    package let transfer: Transfer
    package let patience: Patience
    /// By the spelling of the path alone, see `AnswerForm`.
    package let form: AnswerForm
    /// Whether the path is one of Podman's own interface, whose bodies have another form.
    package let isLibpod: Bool
    /// What admission is asked about when the request comes; `nil` for a request that gives no container anything.
    package let settings: ContainerCreation.Kind?
    /// Whether the target begins with an API version, as in `/v1.43/info`: then none is put in front.
    package let namesVersion: Bool
    /// Bytes in front of and behind the id or name in the path; `nil` where the path holds none.
    private let frame: EngineRouteEntry.Frame?

    package init(method: String, target: String) {
        var target = target
        self = target.withUTF8 { Self(method: method, target: $0) }
    }

    private init(method: String, target: UnsafeBufferPointer<UInt8>) {
        let path = EnginePath.path(of: target)
        self.form = AnswerForm(path: path)
        self.namesVersion = EnginePath.namesVersion(path)
        let (method, asItCame) = (EngineMethod(method), EnginePath.asItCame(path))
        (self.isLibpod, self.frame, self.settings, self.operation, self.others, self.transfer, self.patience) =
            EnginePath.reading(path) { path in
                let found = method.flatMap { EngineRouteTable.find($0, path) }
                // Admission is asked in doubt, too.
                let query = EngineQuery(bytes: EnginePath.query(of: target))
                let settings = found?.settings(isLibpod: path.isLibpod, query: query)
                var others = found?.others(query, isLibpod: path.isLibpod) ?? OperationSet()
                if let asItCame { Self.addReading(of: asItCame, method, besides: found, query, to: &others) }
                guard let entry = found, !path.holdsDots else {
                    if let found { others.insert(found.operation(query)) }
                    let patience = Patience(unknown: method, path.bytes)
                    return (path.isLibpod, found?.frame, settings, .unknown, others, .whole, patience)
                }
                let patience = entry.patience(query, isLibpod: path.isLibpod)
                return (path.isLibpod, entry.frame, settings, entry.operation(query), others, entry.transfer, patience)
            }
    }

    /// Docker decodes a path before it looks for a route, and Podman afterwards: `/images/scp/a%2Ftag` tags an image for the one, and
    /// sends it to another host for the other.
    private static func addReading(
        of path: EnginePath,
        _ method: EngineMethod?,
        besides found: EngineRouteEntry?,
        _ query: EngineQuery,
        to others: inout OperationSet
    ) {
        let entry = method.flatMap { EngineRouteTable.find($0, path) }
        if let entry, !entry.isSame(as: found) {
            others.insert(entry.operation(query))
            others.formUnion(entry.others(query, isLibpod: path.isLibpod))
        } else if entry == nil, found != nil {
            others.insert(.unknown)
        }
    }

    /// Whether engines answer a `POST` of it with the connection itself even where no upgrade was asked for.
    package var isRawWithoutUpgrade: Bool {
        self.operation == .execStart || self.operation == .containersAttach && self.transfer == .hijack
    }

    /// Whether it is one of the two connections over which BuildKit's command line builds.
    package var isOfBuildKit: Bool { self.operation == .buildSession || self.operation == .buildGRPC }

    /// Whether it is what clients ask first, to learn the engine's version.
    package var isGreeting: Bool { self.operation == .systemPing || self.operation == .systemVersion }

    /// What it would take from others to send the answer: only streamed bodies are bulk, not the bytes of a terminal.
    package var lane: Lane { self.transfer == .streamed ? .bulk : .interactive }

    /// The id or name that the path holds, decoded.
    ///
    /// - Parameter target: the one that the route was found for.
    package func subject(of target: String) -> String? {
        guard let frame = self.frame else { return nil }
        var target = target
        return target.withUTF8 { target in
            EnginePath.reading(EnginePath.path(of: target)) { path in
                String(decoding: path.bytes.dropFirst(frame.before).dropLast(frame.after), as: UTF8.self)
            }
        }
    }

    /// The same target with another id or name in its path.
    ///
    /// - Parameters:
    ///   - target: the one that the route was found for.
    ///   - subject: one segment that needs no escape.
    /// - Returns: `nil` where the path holds none, or begins with a version that would need an escape.
    func target(_ target: String, naming subject: String) -> String? {
        guard let frame = self.frame else { return nil }
        var target = target
        return target.withUTF8 { target in
            let path = EnginePath.path(of: target)
            let query = String(decoding: target.part(from: path.count), as: UTF8.self)
            return EnginePath.reading(path) { path in
                let isPlain = path.front.allSatisfy { $0.isAlphanumeric || "/.-_".utf8.contains($0) }
                guard isPlain else { return nil }
                let (front, bytes) = (String(decoding: path.front, as: UTF8.self), path.bytes)
                return front + String(decoding: bytes.prefix(frame.before), as: UTF8.self) + subject
                    + String(decoding: bytes.suffix(frame.after), as: UTF8.self) + query
            }
        }
    }

    /// The id of the exec whose process the request starts; `nil` for any other request.
    package func startedExec(in target: String) -> String? {
        self.operation == .execStart ? self.subject(of: target) : nil
    }
}

/// How an answer travels: whole, or piece by piece.
///
/// A peer that has asked for a request registers the two kinds differently and classifies by the same rule, so a wrong
/// guess is an empty answer or a time-out there. That is why the path counts as it is spelled, and why requests that no
/// engine knows have a form too.
package enum AnswerForm: String, Sendable, CaseIterable {
    case plain
    case stream

    /// - Parameter path: of the target, up to its `?`, as it came.
    init(path: UnsafeBufferPointer<UInt8>) {
        let streams =
            path.endsWithOne(of: Self.streamingSuffixes)
            || (path.ends(with: "/start") && path.contains("/exec/"))
        self = streams ? .stream : .plain
    }

    private static let streamingSuffixes: [StaticString] = [
        "/logs", "/attach", "/events", "/build", "/images/create", "/images/push",
    ]
}
