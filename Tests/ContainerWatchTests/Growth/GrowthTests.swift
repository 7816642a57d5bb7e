import Base
import Testing

@testable import ContainerWatch

/// Nothing that an engine or a client writes makes a rule do more than linear work. A loop in a loop shows as a ratio far over
/// the limit, whatever it goes through.
@Suite(.serialized) struct GrowthTests {
    private static let full: ContainerCheck = {
        var selection = RuleSelection()
        selection.profile = .full
        return ContainerCheck(selection)
    }()

    private static func documents(_ list: LongList) throws -> Growth.Pair<InspectDocument> {
        try Growth.Pair { InspectDocument(try JSONNode(parsing: Array(list.document($0).utf8))) }
    }

    private static func findings() throws -> Growth.Pair<[Finding]> {
        let binds = try #require(LongList.all.first { $0.name == "HostConfig.Binds" })
        let documents = try Self.documents(binds)
        return Growth.Pair { Self.full.findings(in: $0 == Growth.entries ? documents.few : documents.many) }
    }

    @Test(arguments: LongList.all)
    func readingIsLinear(list: LongList) throws {
        let bytes = Growth.Pair { Array(list.document($0).utf8) }
        let trees = try Growth.Pair { try JSONNode(parsing: $0 == Growth.entries ? bytes.few : bytes.many) }
        let all = try [
            Growth("reading", bytes) { _ = try JSONNode(parsing: $0) },
            Growth("document", trees) { _ = InspectDocument($0) },
            Growth("creation", bytes) { _ = try? CreateRequest($0, name: "a") },
            Growth("creation of Podman", bytes) { _ = try? PodmanRequest.read($0, name: "a") },
            Growth("update of Podman", bytes) { _ = try? PodmanRequest.update($0, name: "a") },
            Growth("service", bytes) { _ = try? ServiceRequest.read($0) },
            Growth("volume", bytes) { _ = try? VolumeRequest.read($0) },
        ]
        for growth in all { #expect(growth.isLinear, "\(growth)") }
    }

    /// What the bodies of other forms become is judged in linear time, too.
    @Test(arguments: LongList.all)
    func judgingABodyIsLinear(list: LongList) throws {
        let bytes = Growth.Pair { Array(list.document($0).utf8) }
        let readers: [(String, ([UInt8]) throws -> CreateRequest)] = [
            ("creation", { try CreateRequest($0, name: "a") }),
            ("change", { try CreateRequest(changing: "a", $0) }),
            ("Podman", { try PodmanRequest.read($0, name: "a") }),
            ("update of Podman", { try PodmanRequest.update($0, name: "a") }),
            ("service", { try ServiceRequest.read($0) }),
        ]
        for (name, read) in readers {
            // A body of another form is refused, or has nothing to judge.
            guard let few = try? read(bytes.few), let many = try? read(bytes.many) else { continue }
            let requests = Growth.Pair { $0 == Growth.entries ? few : many }
            let growth = Growth(name, requests) { _ = Self.full.findings(in: $0) }
            #expect(growth.isLinear, "\(growth)")
        }
    }

    /// A list that rules go through has a limit, and every limit has a list here.
    @Test func everyLimitedListIsMeasured() {
        let measured = LongList.all.flatMap { list in
            let document = try? JSONNode(parsing: Array(list.document(ElementLimit.others + 1).utf8))
            return document.map { ElementLimit.applied(to: $0).cut } ?? []
        }
        #expect(ElementLimit.otherLists.subtracting(measured) == [])
    }

    @Test(arguments: LongList.all)
    func everyRuleIsLinear(list: LongList) throws {
        let documents = try Self.documents(list)
        for rule in RuleBook.all {
            guard case .container(let check) = rule.check else { continue }
            let growth = Growth(rule.id, documents) { _ = check($0) }
            #expect(growth.isLinear, "\(growth)")
        }
        let references = try Growth("references", documents) { document in
            var questions = LiveQuestions()
            for subject in try questions.next(for: [document], isValid: { _ in true }) {
                questions.add(.found(.object([])), to: subject)
            }
            questions.follow([document]) { Dictionary($0.map { ($0, "/etc") }) { $1 } }
            _ = document.placed(in: questions.surroundings)
        }
        #expect(references.isLinear, "\(references)")
        let shared = Growth("shared", documents) { document in
            var shared = SharedPaths()
            for _ in 0..<2 { shared.add(document) }
            _ = Self.full.findings(among: shared)
        }
        #expect(shared.isLinear, "\(shared)")
        let check = Growth("audit", documents) { _ = Self.full.findings(in: $0) }
        #expect(check.isLinear, "\(check)")
    }

    /// The mounts of a container are taken over once, however often it is named, and those of all have a bound together.
    @Test(arguments: [false, true]) func takingOverMountsIsLinear(hasManyNames: Bool) throws {
        let scenes = try Growth.Pair { count in
            let names = (0..<count).map { hasManyNames ? "a-container-with-a-long-name-\($0)" : "a" }
            let mounts = (0..<count).map {
                #"{"Type":"bind","Source":"/srv/a-long-name/\#($0)","Destination":"/a-long-destination/\#($0)"}"#
            }
            let other = try InspectDocument(json: #"{"Mounts":[\#(mounts.joined(separator: ","))]}"#)
            var surroundings = Surroundings()
            for name in names { surroundings.containers[name] = other }
            let list = names.map { #""\#($0)""# }.joined(separator: ",")
            return (try InspectDocument(json: #"{"HostConfig":{"VolumesFrom":[\#(list)]}}"#), surroundings)
        }
        let growth = Growth("mounts of others", scenes) { document, surroundings in
            let placed = document.placed(in: surroundings)
            #expect(placed.mounts.count <= ElementLimit.others)
            #expect(placed.gaps.isEmpty != hasManyNames)
        }
        #expect(growth.isLinear, "\(growth)")
    }

    @Test func reportsAreLinear() throws {
        let findings = try Self.findings()
        let all = [
            Growth("order", findings) { _ = $0.inOrder() },
            Growth("json", findings) { _ = Report(containersInspected: 1, findings: $0).json.compact },
            Growth("text", findings) { _ = TextReport(.none).text(Report(containersInspected: 1, findings: $0)) },
            Growth("container", findings) {
                _ = ContainerReport(.none).text(Report(containersInspected: 1, findings: $0))
            },
            Growth("sarif", findings) {
                _ = SARIFReport(programVersion: "1").json(Report(containersInspected: 1, findings: $0)).spread
            },
            Growth("monitor", findings) { _ = MonitorReport.json.lines($0, of: "a", at: "b") },
        ]
        for growth in all { #expect(growth.isLinear, "\(growth)") }
    }

    @Test func whatIsKnownIsFoundInLinearTime() throws {
        let findings = try Self.findings()
        let baseline = try Growth("baseline", findings) { findings in
            let report = Report(containersInspected: 1, findings: findings).json.compact
            let news = try Baseline(Array(report.utf8)).news(in: findings)
            #expect(news.isEmpty)
        }
        #expect(baseline.isLinear, "\(baseline)")
        let today = try #require(CalendarDay("2027-01-01"))
        let suppressions = try Growth("suppressions", findings) { findings in
            let json = findings.filter { !$0.resource.isEmpty }.map { finding in
                #"{"rule":"\#(finding.rule)","container":"\#(finding.container)","#
                    + #""resource":"\#(finding.resource)","reason":"r"}"#
            }.joined(separator: ",")
            let outcome = try Suppressions(Array("[\(json)]".utf8)).applied(to: findings, today: today)
            #expect(outcome.suppressed >= Growth.entries)
        }
        #expect(suppressions.isLinear, "\(suppressions)")
    }

    /// The counter sees what this is all about; if it did not, everything above would pass.
    @Test func aLoopInALoopIsSeen() {
        let names = Growth.Pair { count in (0..<count).map { "a-port-with-a-long-name-\($0)" } }
        let quadratic = [
            Growth("contains", names) { names in
                var known: [String] = []
                for name in names where !known.contains(name) { known.append(name) }
            },
            Growth("first", names) { names in
                var known: [(name: String, number: Int)] = []
                for name in names where known.firstIndex(where: { $0.name == name }) == nil { known.append((name, 0)) }
            },
            Growth("loop", names) { names in
                for name in names { for other in names where name == other { _ = other } }
            },
            Growth("removing", names) { names in
                var left = names
                for name in names { left.removeAll { $0 == name } }
            },
        ]
        for growth in quadratic { #expect(!growth.isLinear, "\(growth)") }
        let set = Growth("set", names) { _ = Set($0).count }
        #expect(set.isLinear, "\(set)")
    }
}
