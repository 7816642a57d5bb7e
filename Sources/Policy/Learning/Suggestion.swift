package import Base

/// A small file of rules that allows what was seen.
///
/// Every request that was seen is allowed by one of its lines. A preset stands where several of its operations were seen:
/// `look` from two on, because it changes nothing; `update` and `operate` from three on; `exec` and `files` from two on.
/// Everything that changes something is narrowed down to the containers or the images that it was seen with, where these are
/// few, and to an identity where several ask.
package struct Suggestion: Sendable {
    /// One suggested rule.
    package struct Line: Sendable, Equatable {
        package let rule: String
        package fileprivate(set) var tally: SeenRequests.Tally
    }

    /// Subjects for which a line of its own is written; beyond, one line allows all of them.
    private static let fewSubjects = 4

    package private(set) var lines: [Line] = []

    /// `container=` is not used where containers were renamed, nor `image=` where images were tagged: with such conditions a
    /// new name may be denied, see `HostPolicy.newNameGains`.
    private let (usesContainers, usesImages): (Bool, Bool)
    private let hasSeveralIdentities: Bool
    private var rest: [(request: SeenRequests.Request, tally: SeenRequests.Tally)]

    package init(_ seen: SeenRequests) {
        self.rest = seen.all
        let operations = OperationSet(self.rest.map(\.request.operation))
        self.usesContainers = !operations.contains(.containersRename)
        self.usesImages = !operations.contains(.imagesTag)
        self.hasSeveralIdentities = Set(self.rest.compactMap(\.request.identity)).count > 1
        if operations.intersection(Preset.look.operations).count > 1 {
            self.addLine("allow look", self.take { Preset.look.operations.contains($0.operation) })
        }
        self.addPresets(operations)
        for operation in Operation.allCases {
            self.addLines(operation.rawValue, self.take { $0.operation == operation })
        }
    }

    private mutating func addPresets(_ seen: OperationSet) {
        let changes = [Preset.update, .operate].first { preset in
            let narrower = preset == .update ? Preset.operate : .look
            return seen.intersection(preset.operations).subtracting(narrower.operations).count > 2
        }
        let others = [Preset.exec, .files].filter { preset in
            seen.intersection(preset.operations).subtracting(Preset.look.operations).count > 1
        }
        for preset in [changes].compactMap(\.self) + others {
            let requests = self.take { preset.operations.contains($0.operation) }
            // What has no subject would take the conditions away from everything else.
            let named = requests.filter { self.subject($0.request) != nil }
            self.addLines(preset.rawValue, named)
            self.rest += requests.filter { self.subject($0.request) == nil }
        }
    }

    private typealias Seen = [(request: SeenRequests.Request, tally: SeenRequests.Tally)]

    private mutating func take(_ isTaken: (SeenRequests.Request) -> Bool) -> Seen {
        let taken = self.rest.filter { isTaken($0.request) }
        self.rest.removeAll { isTaken($0.request) }
        return taken
    }

    /// As a condition of a rule; `nil` for a request that names nothing.
    private func subject(_ request: SeenRequests.Request) -> String? {
        if self.usesContainers, let container = request.container { return "container=\(container)" }
        guard self.usesImages, let image = request.image else { return nil }
        return "image=\(Self.repository(of: image))"
    }

    /// One line for each subject where all requests have one and these are few; one line for all otherwise.
    private mutating func addLines(_ name: String, _ seen: Seen) {
        let subjects = Set(seen.compactMap { self.subject($0.request) }).sorted()
        guard subjects.count <= Self.fewSubjects, seen.allSatisfy({ self.subject($0.request) != nil }) else {
            return self.addLine("allow \(name)", seen)
        }
        for subject in subjects {
            self.addLine("allow \(name) \(subject)", seen.filter { self.subject($0.request) == subject })
        }
    }

    private mutating func addLine(_ rule: String, _ seen: Seen) {
        guard var tally = seen.first?.tally else { return }
        for (_, other) in seen.dropFirst() { tally.add(other) }
        var rule = rule
        let identities = Set(seen.map(\.request.identity))
        if self.hasSeveralIdentities, identities.count == 1, let identity = identities.first ?? nil {
            rule += " identity=\(identity)"
        }
        self.lines.append(Line(rule: rule, tally: tally))
    }

    /// Every version of an image: the next update brings another one.
    private static func repository(of image: String) -> String {
        let bytes = image.utf8
        let at = bytes.firstIndex(of: UInt8(ascii: "@")) ?? bytes.endIndex
        let slash = bytes[..<at].lastIndex(of: UInt8(ascii: "/")) ?? bytes.startIndex
        let version = bytes[slash..<at].lastIndex(of: UInt8(ascii: ":")) ?? at
        guard version < bytes.endIndex else { return image }
        return "\(image[...version])*"
    }
}

extension Suggestion {
    /// The file.
    package var text: String {
        self.lines.reduce(into: "# What was asked of this host, as rules. Read them before they hold.\n") {
            text,
            line in
            let times = line.tally.count == 1 ? "once" : "\(line.tally.count) times, last"
            text += "\(line.rule)  # \(times) \(line.tally.last.rfc3339)\n"
        }
    }

    package var json: JSONNode {
        .array(
            self.lines.map { line in
                .object([
                    .init("rule", .text(line.rule)),
                    .init("count", .number(Double(line.tally.count))),
                    .init("last", .text(line.tally.last.rfc3339)),
                ])
            }
        )
    }
}
