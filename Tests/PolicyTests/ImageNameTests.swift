import Testing

@testable import Policy

@Suite struct ImageNameTests {
    @Test(arguments: [
        ("nginx", "nginx:latest", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "nginx:1.27", "docker.io/library/nginx:1.27"),
        ("docker.io/library/nginx", "nginx:latest", "docker.io/library/nginx:latest"),
        ("docker.io/nginx:1", "nginx:1", "docker.io/library/nginx:1"),
        ("index.docker.io/library/nginx:1", "nginx:1", "docker.io/library/nginx:1"),
        ("library/nginx", "nginx:latest", "docker.io/library/nginx:latest"),
        ("team/app:2", "team/app:2", "docker.io/team/app:2"),
        ("library/a/b:2", "library/a/b:2", "docker.io/library/a/b:2"),
        ("registry.example/app", "registry.example/app:latest", "registry.example/app:latest"),
        ("registry:5000/app:1", "registry:5000/app:1", "registry:5000/app:1"),
        ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
        ("nginx@sha256:ab", "nginx@sha256:ab", "docker.io/library/nginx@sha256:ab"),
        ("r.example/a:1@sha256:ab", "r.example/a:1@sha256:ab", "r.example/a:1@sha256:ab"),
        ("", ":latest", "docker.io/library/:latest"),
        // An account of Docker Hub that is called like a registry.
        ("docker.io/localhost/a:1", "docker.io/localhost/a:1", "docker.io/localhost/a:1"),
        ("index.docker.io/r.example/a", "docker.io/r.example/a:latest", "docker.io/r.example/a:latest"),
        ("docker.io/Team/a:1", "docker.io/Team/a:1", "docker.io/Team/a:1"),
        ("docker.io/library/localhost:1", "localhost:1", "docker.io/library/localhost:1"),
    ])
    func aNameHasThreeSpellings(text: String, familiar: String, full: String) throws {
        let name = ImageName(text)
        #expect(name.familiar == familiar)
        for spelling in [text, familiar, full] {
            let pattern = try #require(NamePattern(spelling))
            #expect(name.matches(pattern), "\(spelling)")
        }
        let withColon = text == "nginx@sha256:ab" ? ["nginx:sha256:ab", "docker.io/library/nginx:sha256:ab"] : []
        #expect(Set(name.spellings) == Set([text, familiar, full] + withColon))
    }

    /// A rule for one registry must not be a rule for another.
    @Test func everySpellingIsOneOfTheSameImage() {
        for registry in ["", "docker.io/", "index.docker.io/", "localhost/", "r.example/", "r:5000/", "Team/", "a/"] {
            for path in ["a", "library/a", "localhost/a", "r.example/a", "library/localhost/a", "docker.io/a", "a/b/c"]
            {
                for version in ["", ":1", "@sha256:ab"] {
                    let name = registry + path + version
                    for spelling in Self.spellings(name) {
                        #expect(Self.full(spelling) == Self.full(name), "\(name) as \(spelling)")
                    }
                }
            }
        }
    }

    /// Without those for patterns, which have a colon in front of a digest.
    private static func spellings(_ name: String) -> [String] {
        ImageName(name).spellings.filter { !name.contains("@") || $0.contains("@") }
    }

    /// The spelling that names everything.
    private static func full(_ name: String) -> String? {
        Self.spellings(name).filter { !$0.hasPrefix("index.") }.max { $0.utf8.count < $1.utf8.count }
    }

    @Test func aShortNameOfPodmanIsOfNoRegistry() throws {
        let name = ImageName("nginx", defaultsToHub: false)
        #expect(!name.matches(try #require(NamePattern("docker.io/*"))))
        #expect(ImageName("docker.io/nginx", defaultsToHub: false).matches(try #require(NamePattern("docker.io/*"))))
    }

    @Test func anotherTagIsAnotherImage() throws {
        #expect(!ImageName("nginx:1").matches(try #require(NamePattern("nginx"))))
        #expect(ImageName("nginx:1").matches(try #require(NamePattern("nginx:*"))))
    }

    /// Otherwise a rule that denies every version would not hold for one by its digest.
    @Test(arguments: [
        "nginx@sha256:ab", "docker.io/nginx@sha256:ab", "nginx:1@sha256:ab", "index.docker.io/library/nginx@x",
    ])
    func aDigestIsAVersion(name: String) throws {
        for pattern in ["nginx:*", "docker.io/library/nginx:*"] {
            #expect(ImageName(name).matches(try #require(NamePattern(pattern))))
        }
        #expect(!ImageName(name).matches(try #require(NamePattern("nginx:1"))))
        #expect(!ImageName(name).matches(try #require(NamePattern("ngin:*"))))
    }

    @Test(arguments: [
        ("sha256:" + String(repeating: "a", count: 64), true), ("cafe", true), ("0123456789ab", true), ("", true),
        ("nginx", false), ("cafe:1", false), ("cafe/x", false), (String(repeating: "a", count: 65), false),
    ])
    func hexDigitsMayBeAnID(text: String, mayBe: Bool) {
        #expect(ImageName.mayBeID(text) == mayBe)
    }
}
