import Base
import NIOCore
import Policy

@testable import DockerBridge

extension Targets {
    /// Rules of a file. What is read reads back as the same rules, faults are bounded, and what is settled without the facts of
    /// a request is what a decision says with any of them.
    static func policy(_ bytes: UnsafeRawBufferPointer) {
        let rules: [PolicyRule]
        do throws(PolicyFaults) {
            rules = try PolicyReader.read(Array(bytes))
        } catch {
            precondition(!error.isEmpty && error.faults.count <= PolicyFaults.maximumTold, "faults have a bound")
            precondition(error.sentences.allSatisfy { $0.utf8.count < 2_000 && $0 == Printable.text($0) })
            return
        }
        let again = try? PolicyReader.read(Array(rules.map(\.text).joined(separator: "\n").utf8))
        precondition(again?.map(\.text) == rules.map(\.text), "rules do not read back")
        let policy = HostPolicy(rules, from: .file("policy"))
        for facts in Self.facts(String(decoding: bytes.prefix(200), as: UTF8.self)) {
            for operation in Operation.allCases {
                let decision = policy.decide(operation, facts)
                if policy.allowed.contains(operation) { precondition(decision.isAllowed, "\(operation)") }
                if policy.denied.contains(operation) { precondition(!decision.isAllowed, "\(operation)") }
                guard case .denied(let reason) = decision else { continue }
                let refusal = PolicyRefusal(host: "host", operation, reason, policy, facts)
                precondition(refusal.sentence.utf8.count < 1_200, "a refusal has a bound")
            }
        }
        _ = PolicyReport(policy, .enforce).text
    }

    /// With what the input says as every name, and with nothing found.
    private static func facts(_ text: String) -> [RequestFacts] {
        var known = RequestFacts(identity: text)
        known.container = .known(.init(name: text, labels: [text: text], image: ImageName(text)))
        known.images = .known([ImageName(text), ImageName("\(text):1")])
        known.exec = .known(.init(user: text, isPrivileged: false))
        known.newName = text
        var unresolved = RequestFacts()
        (unresolved.container, unresolved.images, unresolved.exec) = (.unresolved, .unresolved, .unresolved)
        return [known, unresolved]
    }

    /// `METHOD TARGET`. Spellings that engines read as one path are one operation, and a dot segment is none.
    static func route(_ bytes: UnsafeRawBufferPointer) {
        let words = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard words.count == 2 else { return }
        let (method, target) = (String(decoding: words[0], as: UTF8.self), String(decoding: words[1], as: UTF8.self))
        let route = EngineRoute(method: method, target: target)
        precondition(route == EngineRoute(method: method, target: target))
        let claims = RequestClaims(route, target: target, body: ByteBuffer(string: target), identity: nil)
        if claims.place == .path, let named = route.target(target, naming: "abc") {
            let other = EngineRoute(method: method, target: named)
            precondition(other.operation == route.operation && other.subject(of: named) == "abc", "\(target) \(named)")
        }
        let subject = route.subject(of: target)
        precondition(subject?.isEmpty != true, "a subject is empty")
        let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        let (path, query) = (target[..<end], target[end...])
        // Absolute forms and the like are no paths.
        guard path.utf8.first == UInt8(ascii: "/") else { return precondition(route.operation == .unknown) }
        let doubled = path.utf8.reduce(into: [UInt8]()) { doubled, byte in
            doubled += byte == UInt8(ascii: "/") ? [byte, byte] : [byte]
        }
        Self.same(route, method, String(decoding: doubled, as: UTF8.self) + query)
        guard !path.utf8.contains(UInt8(ascii: "%")) else { return }
        let encoded = path.utf8.reduce(into: "") { encoded, byte in
            let digits = String(byte, radix: 16)
            encoded += byte == UInt8(ascii: "/") ? "/" : digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
        Self.same(route, method, encoded + query)
        if "\(path)/".contains("/../") || "\(path)/".contains("/./") { precondition(route.operation == .unknown) }
    }

    private static func same(_ route: EngineRoute, _ method: String, _ target: String) {
        let other = EngineRoute(method: method, target: target)
        precondition(other.operation == route.operation, "\(method) \(target) is another operation")
        precondition(other.settings == route.settings && other.isLibpod == route.isLibpod)
    }
}
