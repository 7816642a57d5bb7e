import Testing

@testable import ContainerWatch

@Suite struct InspectInputTests {
    private static func names(_ text: String) throws -> [String] { try self.names(Array(text.utf8)) }

    private static func names(_ bytes: [UInt8]) throws -> [String] {
        var input = InspectInput(bytes)
        var names: [String] = []
        while let document = try input.next() { names.append(document.name) }
        return names
    }

    private static func fault(_ text: String) -> String? {
        do {
            _ = try self.names(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        (#"{"Name":"/a"}"#, ["a"]), (#"[{"Name":"a"},{"Name":"b"}]"#, ["a", "b"]), ("[]", []), (" [ ] \n", []),
        ("{\"Name\":\"a\"}\n{\"Name\":\"b\"}\n", ["a", "b"]), (#"{"Name":"a"}{"Name":"b"}"#, ["a", "b"]),
        (#"[{"Name":"a"}][{"Name":"b"}] {"Name":"c"}"#, ["a", "b", "c"]),
        ("\u{FEFF}[{\"Name\":\"a\"}] \r\n\t ", ["a"]),
        (#"[{"Names":["/a"],"Config":{}, "Name":"a"}]"#, ["a"]),
        (#"{"Name":"a","Driver":"overlay2","Mountpoint":"/x","HostConfig":{}}"#, ["a"]),
    ])
    func everyFormIsRead(text: String, names: [String]) throws {
        #expect(try Self.names(text) == names)
    }

    @Test(arguments: [
        ("", "nothing in it"), (" \n", "nothing in it"), ("\u{FEFF}", "nothing in it"),
        ("{bad", "the key of an object was expected at byte 1"), ("\u{FEFF}{bad", "at byte 4"),
        (#"[{"Id":"a"}"#, "ends in the middle"), (#"[{"Id":"a"} {}]"#, "a comma or the closing bracket"),
        (#"[{"Id":"a"},]"#, "a value was expected"), (#""x""#, "what stands in it is a string"),
        ("7", "is a number"), ("null", "is null"), ("[1]", "element 0 of the array is a number"),
        (#"[{"Id":"a"},[]]"#, "element 1 of the array is an array"), (#"[{"Id":"a"}] x"#, "a value was expected"),
        ("{}", "it is not a document of a container"), (#"[{"a":1}]"#, "it is not a document of a container"),
        (#"[{"Id":"sha256:1","RepoTags":[],"Config":{},"RootFS":{}}]"#, "it is a document of an image"),
        (#"[{"Name":"data","Driver":"local","Mountpoint":"/x"}]"#, "it is a document of a volume"),
        (#"[{"Name":"net","Id":"1","Driver":"bridge","IPAM":{}}]"#, "it is a document of a network"),
        (#"[{"Id":"1","Name":"p","PluginReference":"p:1","Config":{}}]"#, "it is a document of a plugin"),
        (#"[{"Id":"1","Name":"p","NumContainers":2,"State":"Running"}]"#, "it is a document of a pod"),
        (#"[{"Id":"1","Names":["/a"]}]"#, "docker inspect $(docker ps --quiet)"),
    ])
    func whatIsWrongIsSaid(text: String, words: String) {
        #expect(Self.fault(text)?.contains(words) == true)
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: InputFault.self) {
            try Self.names(Array(#"{"Name":""#.utf8) + [0xFF] + Array(#""}"#.utf8))
        }
    }
}
