import Base

/// One request of a trace, with what would be known of it.
///
///     {"method":"POST","path":"/containers/web-1/restart","container":"web-1","image":"nginx:1.27"}
///     {"operation":"exec.create","container":"db","user":"root","identity":"ops-laptop","expect":"denied"}
///
/// A line of `policy-seen` is one, too.
package struct TraceLine: Sendable, Equatable {
    /// How the line names what was asked for.
    package enum Request: Sendable, Equatable {
        case operation(Operation)
        case http(method: String, path: String)
    }

    /// From 1 on.
    package let number: Int
    package let request: Request
    package let facts: RequestFacts
    /// What the line expects: `"expect":"denied"`, and that it is allowed otherwise.
    package let expectsAllowed: Bool

    private enum Name: String, CaseIterable {
        case operation, method, path, container, labels, image, user, privileged, identity, newName, expect, count, last
    }

    /// - Throws: a sentence without a subject: what is wrong and what to write.
    init(_ node: JSONNode, number: Int) throws(Fault) {
        guard node.isObject else { throw Fault("is \(node.kind); write one JSON object a line") }
        for member in node.members where Name(rawValue: member.name) == nil {
            let names = Name.allCases.dropLast(2).map(\.rawValue).joined(separator: ", ")
            throw Fault("has the member \(member.name.quoted), which is none of \(names)")
        }
        self.number = number
        self.request = try Self.request(node)
        self.expectsAllowed = try Self.expectation(node)
        self.facts = try Self.facts(node)
    }

    struct Fault: Error {
        let sentence: String

        init(_ sentence: String) { self.sentence = sentence }
    }

    private static func request(_ node: JSONNode) throws(Fault) -> Request {
        if let name = try Self.text(node, .operation) {
            guard let operation = Operation(rawValue: name) else {
                throw Fault(
                    "names the operation \(name.quoted), which does not exist; `lookout policy show` lists them"
                )
            }
            return .operation(operation)
        }
        guard let method = try Self.text(node, .method), let path = try Self.text(node, .path) else {
            throw Fault("names no request; write method and path, or operation")
        }
        return .http(method: method, path: path)
    }

    private static func expectation(_ node: JSONNode) throws(Fault) -> Bool {
        switch try Self.text(node, .expect) {
        case nil, "allowed": return true
        case "denied": return false
        case let other?: throw Fault("expects \(other.quoted); write allowed or denied")
        }
    }

    /// What the line does not name was looked for and not found.
    private static func facts(_ node: JSONNode) throws(Fault) -> RequestFacts {
        var facts = RequestFacts(identity: try Self.text(node, .identity))
        facts.newName = try Self.text(node, .newName)
        let image = try Self.text(node, .image).map { ImageName($0) }
        facts.images = image.map { .known([$0]) } ?? .unresolved
        let labels = try Self.labels(node)
        let name = try Self.text(node, .container)
        facts.container =
            name == nil && labels.isEmpty && image == nil
            ? .unresolved : .known(.init(name: name ?? "", labels: labels, image: image))
        let user = try Self.text(node, .user)
        let privileged = node[Name.privileged.rawValue]
        if let privileged, privileged.bool == nil { throw Fault("has a member privileged that is \(privileged.kind)") }
        facts.exec =
            user == nil && privileged == nil
            ? .unresolved : .known(.init(user: user ?? "", isPrivileged: privileged?.bool ?? false))
        return facts
    }

    private static func labels(_ node: JSONNode) throws(Fault) -> [String: String] {
        guard let value = node[Name.labels.rawValue] else { return [:] }
        guard value.isObject else { throw Fault("has labels that are \(value.kind); write an object of texts") }
        var labels: [String: String] = [:]
        for label in value.members {
            guard let text = label.value.text else {
                throw Fault("has the label \(label.name.quoted) that is not a string")
            }
            labels[label.name] = text
        }
        return labels
    }

    private static func text(_ node: JSONNode, _ name: Name) throws(Fault) -> String? {
        guard let value = node[name.rawValue] else { return nil }
        guard let text = value.text else {
            throw Fault("has a member \(name.rawValue) that is \(value.kind), not a string")
        }
        return text
    }
}
