import Testing

@testable import DockerBridge

@Suite struct ImageReferenceTests {
    @Test(
        arguments: [
            ("nginx", "docker.io nginx - -"),
            ("nginx:1.27", "docker.io nginx 1.27 -"),
            ("library/nginx:1.27-alpine", "docker.io library/nginx 1.27-alpine -"),
            ("ghcr.io/acme/app", "ghcr.io acme/app - -"),
            ("localhost/app:dev", "localhost app dev -"),
            ("localhost:5000/team/app", "localhost:5000 team/app - -"),
            ("registry.example:5000/app:v2", "registry.example:5000 app v2 -"),
            ("nginx@sha256:abc", "docker.io nginx - sha256:abc"),
            ("registry.example/app:v1@sha256:abc", "registry.example app v1 sha256:abc"),
            ("app:", "docker.io app - -"),
            ("app@", "docker.io app - -"),
        ]
    )
    func aNameIsTakenApart(name: String, parts: String) throws {
        let reference = try #require(ImageReference(parsing: name))
        let told = [reference.registry, reference.repository, reference.tag ?? "-", reference.digest ?? "-"]
        #expect(told.joined(separator: " ") == parts)
    }

    @Test(arguments: ["", ":tag", "@sha256:abc", "sha256:0123456789ab", "registry.example:5000/"])
    func whatNamesNoRepositoryIsNoReference(name: String) {
        #expect(ImageReference(parsing: name) == nil)
    }
}
