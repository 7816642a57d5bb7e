import Base

@testable import ContainerWatch

extension InspectDocument {
    init(json: String) throws {
        self.init(try JSONNode(parsing: Array(json.utf8)))
    }
}

extension Finding {
    /// `rule severity [resource]`, without the brackets when there is no resource.
    var line: String {
        "\(self.rule) \(self.severity.rawValue)" + (self.resource.isEmpty ? "" : " [\(self.resource)]")
    }
}
